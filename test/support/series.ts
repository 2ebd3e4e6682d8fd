import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import { accounts, addLead, runJobs, withoutQuotas } from './activities.ts';
import { personAt } from './person-at-provider.ts';
import { type Stack, startStack } from './stack.ts';

/** Past every back-off and every poll. */
const LATER_MS = 8 * 60 * 60_000;
const berlin = 'Europe/Berlin';
const providers = ['google', 'outlook'] as const;
type Slug = (typeof providers)[number];

/** As much of an activity as tests of series look at. */
export interface Listed {
  id: string;
  series_id: string | null;
  original_start: string | null;
  title: string;
  start: string;
  version: number;
  location: string;
  status: string;
  recurrence: { rules: string[] } | null;
  google_event_id: string | null;
  outlook_event_id: string | null;
  copies: {
    id: string;
    provider: Slug;
    state: string;
    reason: string | null;
    choices: string[];
    external_id: string | null;
    held_as: string;
  }[];
}

export interface Found {
  id: string;
  start: string;
  title: string;
  location: string;
  seriesId: string | null;
}

/** A stack of one's own, whose clock the tests turn, and what people with series do on it. */
export async function startSeries(window: { from: string; to: string }) {
  const stack = await startStack({
    withWorker: false,
    sandbox: { switches: withoutQuotas },
    env: { WEBHOOK_URL: 'off' },
  });
  return { stack, ...seriesOn(stack, window) };
}
export type SeriesStack = Awaited<ReturnType<typeof startSeries>>;

/** These lines with some of them otherwise; null: not there. */
export const linesBut = (lines: readonly string[], changes: Record<number, string | null>) =>
  lines.flatMap((line, index) => {
    const change = changes[index];
    return change === undefined ? [line] : change === null ? [] : [change];
  });

/** What people with series do on a stack without a worker, and what is where in a window of time. */
function seriesOn(stack: Stack, window: { from: string; to: string }) {
  let aheadMs = 0;

  /** Works off all that is due by then; within a second only what somebody asked for. */
  async function sync(laterMs = LATER_MS): Promise<void> {
    aheadMs += laterMs;
    await runJobs(stack, aheadMs);
  }

  /** Somebody with accounts of their own at the providers, connected. */
  async function connect(...wanted: readonly Slug[]) {
    const person = await stack.addPerson();
    const emails: Partial<Record<Slug, string>> = {};
    for (const provider of wanted) {
      const domain = provider === 'google' ? '' : 'onmicrosoft.';
      const email = `${randomUUID().slice(0, 8)}@northwind.${domain}sandbox`;
      emails[provider] = email;
      const { tenantId } = stack.sandbox.world.findAccount(provider, accounts[provider]) ?? {};
      const account = { name: 'Test', kind: 'work', timeZone: berlin } as const;
      stack.sandbox.addAccount({ provider, email, ...account, tenantId: tenantId ?? null });
      expect(await stack.connect(person, provider, email)).toContain('connected');
    }
    await sync();
    const { client } = person;
    const at = (provider: Slug) => personAt(stack, provider, emails[provider] ?? '');

    const get = (id: string) => client.get<Listed>(`/api/activities/${id}`);
    const change = async (id: string, changes: object) => {
      const { version } = await get(id);
      return client.send<Listed>('PATCH', `/api/activities/${id}`, { version, ...changes });
    };
    const connectionAt = async (provider: Slug) => {
      const { integrations } = await client.get<{ integrations: { id: string; provider: Slug }[] }>(
        '/api/calendar/connect?action=list',
      );
      return integrations.find((one) => one.provider === provider)?.id;
    };
    /** As the button does. */
    const syncNow = async (provider: Slug) => {
      const connection_id = await connectionAt(provider);
      await client.send('POST', '/api/calendar/sync', { connection_id });
      await sync(1_000);
    };
    /** Disconnects, and connects again. */
    const reconnect = async (provider: Slug, { takesCopiesAway = false } = {}) => {
      await client.send('POST', '/api/calendar/connect', {
        action: 'disconnect',
        integration_id: await connectionAt(provider),
        delete_copies: takesCopiesAway,
      });
      await sync();
      expect(await stack.connect(person, provider, emails[provider] ?? '')).toContain('connected');
      await sync();
    };
    const pathOf = (id: string, start: string) => `/api/activities/${id}/occurrences/${start}`;
    const changeOccurrence = async (id: string, start: string, changes: object) => {
      const { version } = await get(id);
      return client.send<Listed>('PATCH', pathOf(id, start), {
        version,
        scope: 'this',
        ...changes,
      });
    };
    const cancelOccurrence = (id: string, start: string, scope = 'this') =>
      client.send('DELETE', `${pathOf(id, start)}?scope=${scope}`);

    const list = async () => {
      const { activities } = await client.get<{ activities: Listed[] }>(
        `/api/activities?from=${window.from}&to=${window.to}`,
      );
      return activities;
    };
    const here = async () => (await list()).map(describe).sort();
    const find = (provider: Slug) => findThere(at(provider).call, provider, window);
    const there = async (provider: Slug) => (await find(provider)).map(describe).sort();

    /** It stands so everywhere, and nothing more is written or mailed. */
    async function expectEverywhere(expected: readonly string[]): Promise<void> {
      const sorted = [...expected].sort();
      const look = async () => {
        expect(await here(), 'here').toEqual(sorted);
        for (const provider of wanted) expect(await there(provider), provider).toEqual(sorted);
      };
      await look();
      const before = new Set(stack.sandbox.calls);
      const mailCount = stack.sandbox.mails.length;
      for (let round = 0; round < 3; round++) await sync();
      // For others time goes on, too, and dates of theirs come in.
      const own = stack.sandbox.world.accounts.filter(({ email }) =>
        Object.values(emails).includes(email),
      );
      expect(own).toHaveLength(wanted.length);
      const writes = stack.sandbox.calls.filter(
        (call) =>
          !before.has(call) &&
          own.some(({ id }) => id === call.accountId) &&
          call.method !== 'GET' &&
          call.operation.startsWith('events'),
      );
      expect(writes).toEqual([]);
      expect(stack.sandbox.mails.length).toBe(mailCount);
      await look();
    }

    async function addSeries(changes: Record<string, unknown>): Promise<Listed> {
      return client.send<Listed>('POST', '/api/activities', {
        lead_id: await addLead(person),
        title: 'Visit',
        time_zone: berlin,
        ...changes,
      });
    }

    return {
      person,
      client,
      at,
      connectionAt,
      get,
      change,
      changeOccurrence,
      cancelOccurrence,
      syncNow,
      reconnect,
      list,
      here,
      find,
      there,
      expectEverywhere,
      addSeries,
    };
  }

  return { sync, connect };
}

/** `start title`, with the clock of Berlin, and the place where there is one. */
export const describe = ({ start, title, location }: Pick<Found, 'start' | 'title' | 'location'>) =>
  `${start.slice(0, 16)} ${title}${location ? ` at ${location}` : ''}`;

interface RawEvent {
  id: string;
  summary?: string;
  subject?: string;
  location?: string | { displayName?: string };
  start: { dateTime?: string; date?: string };
  isAllDay?: boolean;
  recurringEventId?: string;
  seriesMasterId?: string | null;
}

/** All occurrences in the window, by start. */
export async function findThere(
  call: ReturnType<typeof personAt>['call'],
  provider: Slug,
  { from, to }: { from: string; to: string },
): Promise<Found[]> {
  const path =
    provider === 'google'
      ? `/calendar/v3/calendars/primary/events?singleEvents=true&maxResults=2500&timeMin=${from}&timeMax=${to}`
      : `/v1.0/me/calendarView?$top=900&startDateTime=${from}&endDateTime=${to}`;
  const body = (await call('GET', path)) as Record<string, RawEvent[]>;
  return (body['items'] ?? body['value'] ?? [])
    .map((raw) => ({
      id: raw.id,
      title: raw.summary ?? raw.subject ?? '',
      location: typeof raw.location === 'string' ? raw.location : (raw.location?.displayName ?? ''),
      start: raw.start.date ?? toBerlin(raw.start.dateTime ?? '', raw.isAllDay === true),
      seriesId: raw.recurringEventId ?? raw.seriesMasterId ?? null,
    }))
    .sort((a, b) => (a.start < b.start ? -1 : 1));
}

/** Graph writes UTC without saying so; dates are no instants. */
function toBerlin(dateTime: string, isDate: boolean): string {
  if (isDate) return dateTime.slice(0, 10);
  const isSaid = /Z|[+-]\d\d:\d\d$/.test(dateTime);
  const instant = new Date(isSaid ? dateTime : `${dateTime.slice(0, 19)}Z`);
  return instant.toLocaleString('sv-SE', { timeZone: berlin }).slice(0, 16).replace(' ', 'T');
}
