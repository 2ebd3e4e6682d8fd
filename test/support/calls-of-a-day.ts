import type { Client } from './client.ts';
import type { Activity } from './activities.ts';

export type Side = 'google' | 'outlook';

/** Calls to a provider's calendar API, as the sandbox counted them. */
export interface Calls {
  /** How many of each operation. */
  byOperation: Record<string, number>;
  /** What they cost of the quota. */
  quotaUnits: number;
}

/** One connected account with its person, on an installation whose jobs run only when told to. */
export interface Day {
  side: Side;
  client: Client;
  /** The account's calendar, used by its owner; what it costs is not counted. */
  there: {
    fill(count: number): Promise<void>;
    listIds(limit: number): Promise<string[]>;
    retitle(ids: string[], title: string): Promise<void>;
    remove(id: string): Promise<void>;
  };
  /** Lets events come in and go out, from now on. */
  start(): Promise<void>;
  /** Works off what is due now. */
  runJobs(): Promise<void>;
  /** What was called since this was last asked. */
  takeCalls(): Promise<Calls>;
  /** The next call with an access token finds it ended at the provider. */
  endAccessToken(): Promise<void>;
  /** The provider does not know the feed's bookmark any more, once. */
  endBookmark(): Promise<void>;
}

/** What may be called, exactly. Lists are pages: 2,500 entries at Google, 500 in a delta of Graph. */
export interface Scenario {
  name: string;
  run: (day: Day) => Promise<void>;
  expected: Record<Side, Calls>;
}

const write = { google: 'events.insert', outlook: 'events.create' };
const update = { google: 'events.patch', outlook: 'events.update' };
const remove = { google: 'events.delete', outlook: 'events.delete' };
const list = { google: 'events.list', outlook: 'calendarView.delta' };

/** So many lists, and perhaps one write. Google counts an update as three. */
function calls(side: Side, lists: number, one?: Record<Side, string>): Calls {
  const writeUnits = one ? (one === update && side === 'google' ? 3 : 1) : 0;
  return {
    byOperation: { ...(lists > 0 && { [list[side]]: lists }), ...(one && { [one[side]]: 1 }) },
    quotaUnits: lists + writeUnits,
  };
}
const both = (lists: number, one?: Record<Side, string>) => ({
  google: calls('google', lists, one),
  outlook: calls('outlook', lists, one),
});

/** Of an account that was never synced before. */
export const importOf = (count: number): Scenario => ({
  name: `import of ${count}`,
  async run(day) {
    await day.there.fill(count);
    await day.takeCalls();
    await day.start();
    await day.runJobs();
  },
  expected: {
    google: calls('google', Math.max(Math.ceil(count / 2_500), 1)),
    outlook: calls('outlook', Math.max(Math.ceil(count / 500), 1)),
  },
});

const burstOf = (count: number): Scenario => ({
  name: `${count} changed there`,
  async run(day) {
    await begin(day, { there: count });
    await day.there.retitle(await day.there.listIds(count), 'Changed there');
    await look(day);
  },
  expected: both(1),
});

/** The day's other scenarios, each with an account of its own. */
export const scenarios: readonly Scenario[] = [
  burstOf(1),
  burstOf(50),
  {
    name: 'made here',
    async run(day) {
      await begin(day);
      await addOurs(day);
      await day.runJobs();
    },
    expected: both(0, write),
  },
  {
    name: 'edited here',
    async run(day) {
      const ours = await beginWithOurs(day);
      await edit(day, ours, { title: 'Edited here' });
      await day.runJobs();
    },
    expected: both(0, update),
  },
  {
    name: 'edited on both sides',
    async run(day) {
      const ours = await beginWithOurs(day);
      await day.there.retitle(await day.there.listIds(1), 'Edited there');
      await edit(day, ours, { location: 'Edited here' });
      await look(day);
    },
    expected: both(1, update),
  },
  {
    name: 'deleted here',
    async run(day) {
      const ours = await beginWithOurs(day);
      await day.client.send('DELETE', `/api/activities/${ours.id}`);
      await day.runJobs();
    },
    expected: both(0, remove),
  },
  {
    name: 'deleted there',
    async run(day) {
      await begin(day, { there: 1 });
      const [id = ''] = await day.there.listIds(1);
      await day.there.remove(id);
      await look(day);
    },
    expected: {
      google: calls('google', 1),
      // A delta also leaves out what moved out of its window: the event itself is asked for, and
      // before its absence is believed, the calendar.
      outlook: {
        byOperation: { 'calendarView.delta': 1, 'events.get': 1, 'calendars.get': 1 },
        quotaUnits: 3,
      },
    },
  },
  {
    name: 'the echo of a write of ours',
    async run(day) {
      await begin(day);
      await addOurs(day);
      await day.runJobs();
      await day.takeCalls();
      await look(day);
    },
    expected: both(1),
  },
  {
    name: 'an access token that ended',
    async run(day) {
      await begin(day);
      await day.endAccessToken();
      await look(day);
    },
    // Refused, then made again with a new token. Graph looks at the token before the path.
    expected: {
      google: calls('google', 2),
      outlook: { byOperation: { 'calendarView.delta': 1, unknown: 1 }, quotaUnits: 2 },
    },
  },
  {
    name: 'a bookmark that ended (410)',
    async run(day) {
      await begin(day, { there: 3 });
      await day.endBookmark();
      await look(day);
    },
    expected: both(2),
  },
];

/** The account is connected, imported and at rest; what comes now is counted. */
async function begin(day: Day, { there = 0 } = {}): Promise<void> {
  await day.there.fill(there);
  await day.start();
  await day.runJobs();
  await day.takeCalls();
}

async function beginWithOurs(day: Day): Promise<Activity> {
  await begin(day);
  const { id } = await addOurs(day);
  await day.runJobs();
  // Its echo is known as such.
  await look(day);
  await day.takeCalls();
  return day.client.get<Activity>(`/api/activities/${id}`);
}

export async function addOurs({ client }: Pick<Day, 'client'>): Promise<Activity> {
  const date = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
  const lead = await client.send<{ id: string }>('POST', '/api/leads', { name: 'Carla' });
  return client.send<Activity>('POST', '/api/activities', {
    lead_id: lead.id,
    title: 'Visit',
    start: `${date}T09:00`,
    end: `${date}T10:00`,
    time_zone: 'Europe/Berlin',
  });
}

const edit = ({ client }: Day, { id, version }: Activity, changes: object) =>
  client.send('PATCH', `/api/activities/${id}`, { version, ...changes });

/** As a notification would have it: a look at the calendar, now. */
export async function look({ client, runJobs }: Pick<Day, 'client' | 'runJobs'>): Promise<void> {
  await client.send('POST', '/api/calendar/sync', {});
  await runJobs();
}
