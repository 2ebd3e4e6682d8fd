import { expect } from 'vitest';
import { addLead } from './activities.ts';
import { type Field, type Mailbox, providers, type Slug } from './field.ts';
import { linesBut } from './series.ts';
import type { Person } from './stack.ts';

/** Five Tuesdays; in Berlin the clocks go forward between the second and the third. */
export const tuesdays = ['2027-03-16', '2027-03-23', '2027-03-30', '2027-04-06', '2027-04-13'];
const window = { from: '2027-03-01T00:00:00Z', to: '2027-05-01T00:00:00Z' };
const berlin = 'Europe/Berlin';

export interface ListedSeries {
  id: string;
  series_id: string | null;
  original_start: string | null;
  title: string;
  start: string;
  version: number;
  status: string;
  can_restore: boolean;
  recurrence: { rules: string[] } | null;
  google_event_id: string | null;
  outlook_event_id: string | null;
  copies: { id: string; provider: Slug; state: string; reason: string | null; choices: string[] }[];
}

/** Somebody with a calendar at each provider, both connected, and a series in both. */
export interface SeriesOwner {
  person: Person;
  mailboxes: Record<Slug, Mailbox>;
  leadId: string;
  /** `/api/activities/{id}` of the series. */
  path: string;
  get(path?: string): Promise<ListedSeries>;
  /** Of all of it, here. */
  change(changes: object): Promise<void>;
  /** Of the occurrence of that day alone, here; `hour`: of its start by now. */
  changeOn(date: string, changes: object, hour?: string): Promise<void>;
  cancelOn(date: string, hour?: string): Promise<void>;
  /** The provider's id of the series. */
  idAt(provider: Slug): Promise<string>;
  /** Occurrences at a provider in order, with the clock of Berlin. */
  listAt(provider: Slug): Promise<{ id: string; start: string; title: string }[]>;
  list(): Promise<ListedSeries[]>;
  listDeleted(): Promise<ListedSeries[]>;
  /** It stands so everywhere, as `start title`, and looking at it writes nothing. */
  expectEverywhere(expected: string[]): Promise<void>;
}

export async function addSeriesOwner(
  field: Field,
  planned: Record<string, unknown> = {},
): Promise<SeriesOwner> {
  const google = await field.addConnected('google');
  const { person } = google;
  const outlook = await field.addConnected('outlook', { person });
  const mailboxes = { google, outlook };
  const leadId = await addLead(person);
  const { id } = await person.client.send<{ id: string }>('POST', '/api/activities', {
    lead_id: leadId,
    title: 'Visit',
    start: '2027-03-16T09:00',
    end: '2027-03-16T10:00',
    time_zone: berlin,
    recurrence: { rules: ['FREQ=WEEKLY;COUNT=5'] },
    ...planned,
  });
  await field.sync();
  const path = `/api/activities/${id}`;
  const get = (of = path) => person.client.get<ListedSeries>(of);
  const listOf = async (query: string) =>
    (await person.client.get<{ activities: ListedSeries[] }>(`/api/activities?${query}`))
      .activities;
  const owner: SeriesOwner = {
    person,
    mailboxes,
    leadId,
    path,
    get,
    async change(changes) {
      const { version } = await get();
      await person.client.send('PATCH', path, { version, ...changes });
    },
    async changeOn(date, changes, hour) {
      const one = (await owner.list()).find(({ start }) => start.startsWith(date));
      const version = one?.version ?? (await get()).version;
      const body = { scope: 'this', version, ...changes };
      await person.client.send('PATCH', `${path}/${occurrenceOn(date, hour)}`, body);
    },
    async cancelOn(date, hour) {
      await person.client.send('DELETE', `${path}/${occurrenceOn(date, hour)}`);
    },
    idAt: async (provider) => (await get())[`${provider}_event_id`] ?? '',
    listAt: (provider) => listAt(mailboxes[provider]),
    list: () => listOf(`lead_id=${leadId}&from=${window.from}&to=${window.to}`),
    listDeleted: () => listOf(`lead_id=${leadId}&deleted=true`),
    async expectEverywhere(expected) {
      const sorted = [...expected].sort();
      const here = (await owner.list()).map(({ start, title }) => `${start.slice(0, 16)} ${title}`);
      expect(here.sort()).toEqual(sorted);
      const watches = providers.map((provider) => mailboxes[provider].watch());
      for (let round = 0; round < 3; round++) await field.sync();
      expect(watches.flatMap((watch) => watch.writes())).toEqual([]);
      for (const provider of providers) {
        const found = await listAt(mailboxes[provider]);
        expect([provider, found.map(({ start, title }) => `${start} ${title}`)]).toEqual([
          provider,
          sorted,
        ]);
      }
    },
  };
  return owner;
}

/** Occurrences in somebody's calendar in order, with the clock of Berlin. */
export async function listAt({ provider, there }: Mailbox) {
  const path =
    provider === 'google'
      ? `/calendar/v3/calendars/primary/events?singleEvents=true&maxResults=500&timeMin=${window.from}&timeMax=${window.to}`
      : `/v1.0/me/calendarView?$top=500&startDateTime=${window.from}&endDateTime=${window.to}`;
  const body = (await there.call('GET', path)) as Record<
    string,
    { id: string; summary?: string; subject?: string; start: { dateTime: string } }[]
  >;
  return (body['items'] ?? body['value'] ?? [])
    .map(({ id, summary, subject, start: { dateTime } }) => ({
      id,
      title: summary ?? subject ?? '',
      start: toBerlin(provider === 'google' ? dateTime : `${dateTime.slice(0, 19)}Z`),
    }))
    .sort((a, b) => (a.start < b.start ? -1 : 1));
}

const toBerlin = (instant: string) =>
  new Date(instant).toLocaleString('sv-SE', { timeZone: berlin }).slice(0, 16).replace(' ', 'T');

export const visits = tuesdays.map((date) => `${date}T09:00 Visit`);
export const visitsBut = (changes: Record<number, string | null>) => linesBut(visits, changes);
/** The path of an occurrence below that of its series. */
export const occurrenceOn = (date: string, hour = '09') => `occurrences/${date}T${hour}:00:00`;
