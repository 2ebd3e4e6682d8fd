/** Events and listings recorded from the real service, sent in again and compared. */

import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  eventsPath,
  insideTest,
  isExternal,
  listAll,
  newAccount,
  newStage,
  type Body,
  type Client,
} from './client.ts';

const shared = process.env.KALENDS_SHARED ?? resolve(import.meta.dirname, '../../../../shared');
const PRIMARY = eventsPath('primary');

function readCases(name: string): Body[] {
  const file = resolve(shared, 'cases', name);
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Body).items : [];
}

const recorded = readCases('google-events.json');
const scenarios = readCases('google-sync-scenarios.json');

/** Made by the server (or by the profile behind an address); sending them changes nothing. */
const SERVER_OWNED = [
  'kind',
  'etag',
  'htmlLink',
  'created',
  'updated',
  'creator',
  'organizer',
  'hangoutLink',
];
/** Made up by their authors and refused by Google's rules; the reason beside each. */
const REFUSED: Record<string, string> = {
  g088: 'a dateTime that is none',
  g094: 'EXDATE with a time on an all-day series',
  g095: 'RDATE with a time on an all-day series',
  g096: 'ends before it begins',
  g108: 'a timed series without a time zone',
  g110: 'a timed series without a time zone',
  g111: 'a timed series without a time zone',
  g114: 'a rule that is none',
  g123: 'out of office without its properties',
};

describe.skipIf(recorded.length === 0 || isExternal)('recorded and made-up events', () => {
  const live = recorded.filter(({ event, n }) => event.start && !(n in REFUSED));
  test.for(live)('$n comes back equal but for what the server owns', async ({ event }) => {
    const client = stageFor(event);
    const { actual, isNewId } = await sendIn(client, event);
    const left = isNewId ? [...SERVER_OWNED, 'id', 'iCalUID'] : SERVER_OWNED;
    expect(comparable(actual, left)).toMatchObject(comparable(event, left));
  });

  test.for(live.filter(({ realism }) => realism === 'recorded'))(
    '$n: nothing is added that the real answer does not have',
    async ({ event }) => {
      const { actual } = await sendIn(stageFor(event), event);
      const known = Object.keys(event);
      expect(Object.keys(actual).filter((key) => !known.includes(key))).toEqual([]);
    },
  );

  test.for(recorded.filter(({ n }) => n in REFUSED))('$n is refused', async ({ event }) => {
    const { id: _id, iCalUID: _uid, ...body } = event;
    const reply = await stageFor(event).call('events.insert', PRIMARY, { body });
    expect(reply.status).toBe(400);
  });
});

describe.skipIf(scenarios.length === 0)('recorded listings', () => {
  insideTest(
    'delete one occurrence: the series and the cancelled slot, with one ETag',
    async () => {
      const [master, slot] = itemsOf('delete.single.ts');
      const client = chicago();
      await insert(client, master);
      const { syncToken } = await listAll(client, 'primary');
      await client.get('events.delete', eventsPath('primary', slot?.id));
      await expectDelta(client, syncToken, [master, slot]);
    },
  );

  insideTest('delete this and following: the trimmed series and its older exception', async () => {
    const [before, slot] = itemsOf('delete.single.ts');
    const [master] = itemsOf('delete.this-and-following.ts');
    const client = chicago();
    await insert(client, before);
    await client.get('events.delete', eventsPath('primary', slot?.id));
    const { syncToken } = await listAll(client, 'primary');
    const body = { recurrence: master?.recurrence };
    await client.get('events.patch', eventsPath('primary', master?.id), { body });
    await expectDelta(client, syncToken, itemsOf('delete.this-and-following.ts'));
  });

  insideTest('delete all: one tombstone with nothing but its id', async () => {
    const items = itemsOf('delete/all/all-1.ts');
    const [master] = itemsOf('delete.single.ts');
    const client = chicago();
    await insert(client, { ...master, id: items[0]?.id, iCalUID: undefined });
    const { syncToken } = await listAll(client, 'primary');
    await client.get('events.delete', eventsPath('primary', items[0]?.id));
    await expectDelta(client, syncToken, items);
  });

  insideTest(
    'edit one occurrence: the series and the exception, moved and with sequence 1',
    async () => {
      const [master, exception] = itemsOf('single.instance-2.ts');
      const client = chicago();
      await insert(client, master);
      const { syncToken } = await listAll(client, 'primary');
      const { summary, description, start, end } = exception ?? {};
      const path = eventsPath('primary', exception?.id);
      await client.get('events.patch', path, { body: { summary, description, start, end } });
      await expectDelta(client, syncToken, [master, exception]);
    },
  );

  insideTest('edit all: the exception follows its series', async () => {
    const [before] = itemsOf('edit/all/all-1.ts');
    const [master, exception] = itemsOf('edit/all/all-2.ts');
    const client = chicago();
    await insert(client, { ...before, summary: 'Dishes' });
    const { summary, description } = master ?? {};
    await client.get('events.patch', eventsPath('primary', exception?.id), { body: { summary } });
    const { syncToken } = await listAll(client, 'primary');
    const path = eventsPath('primary', master?.id);
    await client.get('events.patch', path, { body: { summary, description } });
    await expectDelta(client, syncToken, [master, exception]);
  });

  insideTest.for(['this-and-following-1.ts thisAndFollowing1Payload'])(
    'this and following: the trimmed series and a new one (%s)',
    async (name) => {
      const [master, rest] = itemsOf(`edit/this-and-following/${name}`);
      const client = chicago();
      await insert(client, { ...master, recurrence: ['RRULE:FREQ=DAILY'] });
      const { syncToken } = await listAll(client, 'primary');
      const body = { recurrence: master?.recurrence };
      await client.get('events.patch', eventsPath('primary', master?.id), { body });
      // Ids with _R are made by Google's own pages only.
      const { id: _id, iCalUID: _uid, ...fresh } = rest ?? {};
      await client.get('events.insert', PRIMARY, { body: fresh });
      const { items } = await listAll(client, 'primary', { syncToken });
      const left = [...SERVER_OWNED, 'id', 'iCalUID'];
      expect(items.map((item) => comparable(item, left))).toEqual(
        [master, rest].map((item) => comparable(item ?? {}, left)),
      );
    },
  );

  test.for(scenarios)('$name: the envelope has the members of ours', async ({ payload }) => {
    const page = await chicago().get('events.list', PRIMARY);
    expect(Object.keys(page).sort()).toEqual(Object.keys(payload).sort());
    expect(typeof page.etag).toBe(typeof payload.etag);
  });
});

function itemsOf(name: string): (Body | undefined)[] {
  const scenario = scenarios.find((each) => each.name.includes(name));
  if (!scenario) throw new Error(`no scenario ${name}`);
  return scenario.payload.items;
}

async function expectDelta(
  client: Client,
  syncToken: string,
  wanted: readonly (Body | undefined)[],
): Promise<void> {
  const { items } = await listAll(client, 'primary', { syncToken });
  const left = SERVER_OWNED.filter((key) => key !== 'kind');
  expect(items.map((item) => comparable(item, left))).toEqual(
    wanted.map((item) => comparable(item ?? {}, left)),
  );
  expect(new Set(items.map(({ etag }) => etag)).size).toBe(1);
}

async function insert(client: Client, event: Body | undefined): Promise<void> {
  const { iCalUID: _uid, ...body } = event ?? {};
  await client.get('events.insert', PRIMARY, { body });
}

function chicago(): Client {
  const account = newAccount('person4', 'America/Chicago', 'person4@example.org');
  return newStage([account]).as(account);
}

/** The owner's account; times are rendered in the calendar's zone, so the zone fits the record. */
function stageFor(event: Body): Client {
  const email = event.organizer?.self ? event.organizer.email : 'person1@example.org';
  const isMountain = event.start?.dateTime?.endsWith('-06:00') && event.start.dateTime < '2020';
  const zone = isMountain ? 'America/Denver' : (event.start?.timeZone ?? 'UTC');
  const account = newAccount('owner', zone, email);
  return newStage([account]).as(account);
}

/** By insert where the id may be chosen, by import otherwise, occurrences through their series. */
async function sendIn(client: Client, event: Body): Promise<{ actual: Body; isNewId: boolean }> {
  if (event.recurringEventId) {
    const start = event.originalStartTime ?? event.start;
    const end = endOf(event, start);
    const series = { id: event.recurringEventId, start, end, recurrence: ['RRULE:FREQ=DAILY'] };
    await client.get('events.insert', PRIMARY, { body: series });
    const path = eventsPath('primary', event.id);
    return { actual: await client.get('events.update', path, { body: event }), isNewId: false };
  }
  const isLegal = /^[0-9a-v]{5,}$/.test(event.id);
  if (isLegal) {
    const { iCalUID: _uid, ...body } = event;
    const actual = await client.get('events.insert', PRIMARY, { body });
    return { actual, isNewId: event.iCalUID !== undefined && event.iCalUID !== actual.iCalUID };
  }
  const body = { ...event, iCalUID: event.iCalUID ?? `${event.id}@example.org` };
  const actual = await client.get('events.import', `${PRIMARY}/import`, { body });
  return { actual, isNewId: true };
}

/** Without the named members; offsets of times compared as instants where no zone was given. */
function comparable(event: Body, left: readonly string[]): Body {
  const kept = Object.entries(event)
    .filter(([key]) => !left.includes(key) && key !== 'private')
    .map(([key, value]) => [key, isTime(key) && !value.timeZone ? plainTime(value) : value]);
  const body = Object.fromEntries(kept) as Body;
  for (const key of ['start', 'end']) {
    const time = body[key];
    if (time?.dateTime && !/(Z|[+-]\d\d:\d\d)$/.test(time.dateTime)) delete time.dateTime;
  }
  for (const guest of body.attendees ?? []) delete guest.self;
  return body;
}

function plainTime(value: Body): Body {
  return value.date
    ? { date: value.date }
    : { dateTime: new Date(value.dateTime).toISOString().replace('.000', '') };
}

function isTime(key: string): boolean {
  return ['start', 'end', 'originalStartTime'].includes(key);
}

/** The end of the occurrence before it was moved. */
function endOf(event: Body, start: Body): Body {
  if (start.date) {
    return { date: new Date(Date.parse(start.date) + 86_400_000).toISOString().slice(0, 10) };
  }
  const lengthMs = Date.parse(event.end.dateTime) - Date.parse(event.start.dateTime);
  const end = new Date(Date.parse(start.dateTime) + lengthMs).toISOString();
  return { dateTime: end, timeZone: start.timeZone };
}
