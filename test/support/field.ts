import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { expect } from 'vitest';
import type { FaultEffect, FaultMatch, FaultWish } from '../../sandbox/faults.ts';
import type { TenantId } from '../../src/calendar/ids.ts';
import type { Connection } from '../../src/api/schemas/connections.ts';
import type { HttpRequest, Log } from '../../src/runtime.ts';
import type { Calendar, CalendarList } from '../../src/api/schemas/calendars.ts';
import {
  accounts,
  type Activity,
  getActivity,
  leave,
  runJobs,
  withoutQuotas,
} from './activities.ts';
import { personAt } from './person-at-provider.ts';
import { query } from './query.ts';
import { listLiveEvents } from './sandbox-events.ts';
import { type Person, type Stack, startStack } from './stack.ts';

export const providers = ['google', 'outlook'] as const;
export type Slug = (typeof providers)[number];

/** Past every back-off and every look by the clock, with a channel or without. */
const LATER_MS = 8 * 60 * 60_000;

/** Somebody's calendar at a provider, and the CRM account that it is connected to. */
export interface Mailbox {
  provider: Slug;
  email: string;
  person: Person;
  /** Its owner, at the provider. */
  there: ReturnType<typeof personAt>;
  /** Titles of what is in it, sorted. */
  live(): Promise<string[]>;
  connect(): Promise<void>;
  /** The provider's id of the event's copy in it. */
  idOf(activity: { id: string }): Promise<string>;
  /** Calls at its calendar, and mails to anybody, since this was called. */
  watch(): Watch;
  calendar(): Promise<Calendar>;
  connection(): Promise<Connection>;
  /** As the button does. */
  syncNow(): Promise<void>;
}

export interface Watch {
  writes(): string[];
  reads(): string[];
  mails(): unknown[];
}

/** What may change on the way; each is given back, changed or not. */
export interface Hands {
  request?: (request: HttpRequest) => HttpRequest | Promise<HttpRequest>;
  answer?: (body: string, request: HttpRequest) => string;
}

/** The product without a worker of its own, whose clock the test turns. */
export interface Field {
  stack: Stack;
  /** Works off all that is due within the next hours; answers how many runs it took. */
  sync(laterMs?: number): Promise<number>;
  /** Where its clock stands. */
  now(): number;
  /** A new account, of a new user unless one is given. */
  addMailbox(
    provider: Slug,
    options?: { person?: Person; tenantId?: TenantId; timeZone?: string },
  ): Promise<Mailbox>;
  /** A new account, connected. */
  addConnected(...args: Parameters<Field['addMailbox']>): Promise<Mailbox>;
  /** Passes what the providers are asked and answer through a test's hands, until `forget`. */
  between(hands: Hands): void;
  /** As a superuser, past row-level security. */
  query<Row extends pg.QueryResultRow>(sql: string, values?: unknown[]): Promise<Row[]>;
  /** Faults and whatever earlier tests left to do: no later test waits for it. */
  forget(): Promise<void>;
  /** From the next fitting call on; once unless told otherwise. Answers how often it has fired. */
  fail(match: FaultMatch, effect: FaultEffect, more?: Partial<FaultWish>): () => number;
}

/** `withChannels`: calendars ring. Without, what is seen when depends on the test's clock alone. */
export async function startField({
  log,
  withChannels = false,
}: {
  log?: Log;
  withChannels?: boolean;
} = {}): Promise<Field> {
  const stack = await startStack({
    withWorker: false,
    sandbox: { switches: withoutQuotas },
    env: withChannels ? {} : { WEBHOOK_URL: 'off' },
    ...(log && { log }),
  });
  const { runtime } = stack.context;
  const { send } = runtime;
  let aheadMs = 0;
  const field: Field = {
    stack,
    sync(laterMs = LATER_MS) {
      aheadMs += laterMs;
      // A provider opens no channel for a time that is too far ahead of its own.
      if (withChannels) stack.sandbox.clockOffsetMs = aheadMs;
      return runJobs(stack, aheadMs);
    },
    now: () => runtime.now() + aheadMs,
    async addMailbox(provider, { person, tenantId, timeZone = 'Europe/Berlin' } = {}) {
      const domain = provider === 'google' ? 'northwind' : 'northwind.onmicrosoft';
      const email = `${randomUUID().slice(0, 8)}@${domain}.sandbox`;
      const directory = stack.sandbox.world.findAccount(provider, accounts[provider])?.tenantId;
      stack.sandbox.addAccount({
        provider,
        email,
        name: 'Test',
        kind: 'work',
        tenantId: directory ?? null,
        timeZone,
      });
      const user = person ?? (await stack.addPerson(tenantId ? { tenantId } : {}));
      return mailboxOf(field, { provider, email, person: user });
    },
    async addConnected(...args) {
      const mailbox = await field.addMailbox(...args);
      await mailbox.connect();
      return mailbox;
    },
    between({ request: changeRequest, answer: changeAnswer }) {
      runtime.send = async (given) => {
        const request = (await changeRequest?.(given)) ?? given;
        const answer = await send(request);
        return changeAnswer ? { ...answer, body: changeAnswer(answer.body, request) } : answer;
      };
    },
    query: (sql, values) => query(stack, sql, values),
    async forget() {
      stack.sandbox.faults.clear();
      runtime.send = send;
      await leave(stack);
    },
    fail(match, effect, more = {}) {
      const { faults } = stack.sandbox;
      const id = faults.add({ match, effect, ...more });
      return () => faults.list().find((rule) => rule.id === id)?.fireCount ?? 0;
    },
  };
  return field;
}

function mailboxOf(
  { stack, sync }: Field,
  owner: Pick<Mailbox, 'provider' | 'email' | 'person'>,
): Mailbox {
  const { provider, email, person } = owner;
  const connection = async () => {
    const { integrations } = await person.client.get<{ integrations: Connection[] }>(
      '/api/calendar/connect?action=list',
    );
    const found = integrations.find((one) => one.email === email);
    if (!found) throw new Error(`${email} is not connected`);
    return found;
  };
  return {
    ...owner,
    there: personAt(stack, provider, email),
    live: async () =>
      (await listLiveEvents(stack, provider, email)).map(({ title }) => title).sort(),
    async connect() {
      // The server's clock is the real one, and a consent must not come from the future.
      stack.sandbox.clockOffsetMs = 0;
      expect(await stack.connect(person, provider, email)).toContain('connected');
      await sync();
    },
    async idOf(activity) {
      const { copies } = await getActivity(person, activity.id);
      const copy = copies.find((one) => (one as { account?: string }).account === email);
      expect(copy?.external_id).toBeTruthy();
      return copy?.external_id ?? '';
    },
    watch: () => watch(stack, owner),
    async calendar() {
      const path = `/api/calendar/connections/${(await connection()).id}/calendars`;
      const { calendars } = await person.client.get<CalendarList>(path);
      const target = calendars.find((one) => one.is_write_target);
      if (!target) throw new Error(`${email} has no calendar`);
      return target;
    },
    connection,
    async syncNow() {
      const { id } = await connection();
      await person.client.send('POST', '/api/calendar/sync', { connection_id: id });
    },
  };
}

function watch(stack: Stack, { provider, email }: Pick<Mailbox, 'provider' | 'email'>): Watch {
  const account = stack.sandbox.world.findAccount(provider, email)?.id;
  const [mailCount, callCount] = [stack.sandbox.mails.length, stack.sandbox.calls.length];
  const calls = () =>
    stack.sandbox.calls
      .slice(callCount)
      .filter(({ accountId }) => accountId === account)
      .filter(({ operation }) => !/^oauth|channel|subscription|watch/.test(operation));
  const named = (isRead: boolean) =>
    calls()
      .filter(({ method }) => (method === 'GET') === isRead)
      .map(({ operation }) => operation);
  return {
    writes: () => named(false),
    reads: () => named(true),
    mails: () => stack.sandbox.mails.slice(mailCount),
  };
}

export async function listActivities(person: Person): Promise<Activity[]> {
  const { activities } = await person.client.get<{ activities: Activity[] }>('/api/activities');
  return activities;
}

export const edit = async (person: Person, { id }: { id: string }, changes: object) =>
  person.client.send<Activity>('PATCH', `/api/activities/${id}`, {
    version: (await getActivity(person, id)).version,
    ...changes,
  });

/** The call that asks what changed since a token, and the one that lists everything. */
export const feedOf: Record<Slug, { since: FaultMatch; whole: FaultMatch }> = {
  google: {
    since: { provider: 'google', method: 'GET', path: 'syncToken=' },
    whole: { provider: 'google', method: 'GET', path: 'timeMin=' },
  },
  outlook: {
    since: { provider: 'outlook', method: 'GET', path: 'deltatoken=' },
    whole: { provider: 'outlook', method: 'GET', path: 'startDateTime=' },
  },
};

/** What the provider says when a token has ended. */
export const tokenEnded: Record<Slug, FaultEffect> = {
  google: { kind: 'status', status: 410, reason: 'fullSyncRequired' },
  outlook: { kind: 'status', status: 410, reason: 'SyncStateNotFound' },
};
