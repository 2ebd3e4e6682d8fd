import { expect, test } from 'vitest';
import {
  clientOf,
  createOk,
  createTestWorld,
  enc,
  eventPath,
  insideTest,
  newEvent,
  newSeries,
  springWindow,
  type Body,
  type Client,
  type Options,
} from './client.ts';
import { alex } from './world.ts';

const world = (switches = {}) => createTestWorld(switches);
const firstPath = `/v1.0/me/calendarView/delta?${springWindow}`;
const february = {
  start: { dateTime: '2026-02-10T12:00:00', timeZone: 'UTC' },
  end: { dateTime: '2026-02-10T13:00:00', timeZone: 'UTC' },
};

interface Round {
  items: Body[];
  link: string;
  pages: Body[][];
}

/** Follows a round to its delta link. */
async function readRound(client: Client, path: string, options?: Options): Promise<Round> {
  const pages: Body[][] = [];
  for (let next = path; ; ) {
    const { status, body } = await client.get(next, options);
    expect([status, body.error]).toEqual([200, undefined]);
    expect('@odata.nextLink' in body).not.toBe('@odata.deltaLink' in body);
    pages.push(body.value);
    if (body['@odata.deltaLink']) {
      return { items: pages.flat(), link: body['@odata.deltaLink'], pages };
    }
    next = body['@odata.nextLink'];
  }
}

const idsOf = (items: Body[]) => items.map(({ id }) => id as string);
const removedOf = (items: Body[]) => idsOf(items.filter((item) => item['@removed']));

insideTest('a first round has what is in the window and ends in a delta link', async () => {
  const client = clientOf(world());
  const event = await createOk(client, newEvent({ transactionId: `t${Math.random()}` }));
  await createOk(client, newEvent(february));
  const { items, link } = await readRound(client, firstPath);
  expect(idsOf(items)).toEqual([event.id]);
  expect(items[0]).toMatchObject({
    '@odata.type': '#microsoft.graph.event',
    '@odata.etag': event['@odata.etag'],
    transactionId: event.transactionId,
    subject: event.subject,
  });
  expect(link).toMatch(/\/v1\.0\/me\/calendarView\/delta\?\$deltatoken=/);
});

test('later rounds have what changed, and nothing when nothing did', async () => {
  const client = clientOf(world());
  const event = await createOk(client, newEvent());
  await createOk(client, newEvent());
  const first = await readRound(client, firstPath);
  expect((await readRound(client, first.link)).items).toEqual([]);
  await client.patch(eventPath(event), { subject: 'Changed' });
  const second = await readRound(client, first.link);
  expect(second.items.map(({ subject }) => subject as string)).toEqual(['Changed']);
  expect((await readRound(client, second.link)).items).toEqual([]);
  // An old link goes on answering.
  expect((await readRound(client, first.link)).items).toEqual(second.items);
});

test('a deleted event is @removed, and so is one that lies outside the window', async () => {
  const client = clientOf(world());
  const gone = await createOk(client, newEvent());
  const moved = await createOk(client, newEvent());
  const { link } = await readRound(client, firstPath);
  await client.delete(eventPath(gone));
  await client.patch(eventPath(moved), february);
  const outside = await createOk(client, newEvent(february));
  const { items } = await readRound(client, link);
  expect(items).toContainEqual({
    '@odata.type': '#microsoft.graph.event',
    id: gone.id,
    '@removed': { reason: 'deleted' },
  });
  expect(removedOf(items).sort()).toEqual([gone.id, moved.id, outside.id].sort());
});

insideTest('a series comes as bare occurrences, full exceptions and its master', async () => {
  const client = clientOf(world());
  const master = await createOk(client, newSeries());
  const instances = await client.list(`${eventPath(master)}/instances?${springWindow}`);
  await client.patch(eventPath(instances[2]), { subject: 'Own' });
  const { items } = await readRound(client, firstPath);
  const byType = (type: string) => items.filter((item) => item.type === type);
  expect(items).toHaveLength(7);
  expect(byType('occurrence')).toHaveLength(5);
  for (const bare of byType('occurrence')) {
    expect(Object.keys(bare).sort()).toEqual(
      ['@odata.etag', '@odata.type', 'end', 'id', 'seriesMasterId', 'start', 'type'].sort(),
    );
    expect(bare.seriesMasterId).toBe(master.id);
  }
  expect(byType('exception')).toMatchObject([{ subject: 'Own', seriesMasterId: master.id }]);
  expect(byType('seriesMaster')).toMatchObject([{ id: master.id, start: master.start }]);
});

insideTest(
  'a deleted occurrence is merely missing from the series that is sent again',
  async () => {
    const client = clientOf(world());
    const master = await createOk(client, newSeries());
    await createOk(client, newEvent());
    const { link, items: before } = await readRound(client, firstPath);
    const occurrence = before.find(({ type }) => type === 'occurrence');
    await client.delete(eventPath(occurrence));
    const { items } = await readRound(client, link);
    expect(removedOf(items)).toEqual([]);
    expect(items.filter(({ type }) => type === 'occurrence')).toHaveLength(5);
    expect(idsOf(items)).not.toContain(occurrence.id);
    expect(idsOf(items)).toContain(master.id);
  },
);

test('a deleted series is removed by its master’s id', async () => {
  const client = clientOf(world());
  const master = await createOk(client, newSeries());
  const { link } = await readRound(client, firstPath);
  await client.delete(eventPath(master));
  expect(removedOf((await readRound(client, link)).items)).toEqual([master.id]);
});

insideTest('pages are as long as asked for, never split a series, and end', async () => {
  const client = clientOf(
    world({ 'outlook.deltaReplays': false, 'outlook.deltaEmptyPages': false }),
  );
  for (let i = 0; i < 5; i++) await createOk(client, newEvent({ subject: `n${i}` }));
  await createOk(client, newSeries());
  await createOk(client, newEvent());
  const options = { prefer: 'odata.maxpagesize=2' };
  const { pages } = await readRound(client, firstPath, options);
  expect(pages.map((page) => page.length)).toEqual([2, 2, 8, 1]);
});

insideTest('a round may repeat an item and have an empty page on the way', async () => {
  const client = clientOf(world());
  for (let i = 0; i < 5; i++) await createOk(client, newEvent({ subject: `n${i}` }));
  const { pages, items } = await readRound(client, firstPath, { prefer: 'odata.maxpagesize=2' });
  expect(pages.map((page) => page.length)).toContain(0);
  expect(new Set(idsOf(items)).size).toBe(5);
  expect(items.length).toBeGreaterThan(5);
});

insideTest('what changes while pages are read is in this round or in the next', async () => {
  const client = clientOf(world());
  const events: Body[] = [];
  for (let i = 0; i < 6; i++) events.push(await createOk(client, newEvent({ subject: `n${i}` })));
  const options = { prefer: 'odata.maxpagesize=2' };
  const { body: page } = await client.get(firstPath, options);
  await client.patch(eventPath(events[5]), { subject: 'late' });
  await client.delete(eventPath(events[4]));
  const rest = await readRound(client, page['@odata.nextLink'], options);
  const next = await readRound(client, rest.link, options);
  const state = new Map<string, Body>();
  for (const item of [...page.value, ...rest.items, ...next.items]) state.set(item.id, item);
  expect(state.get(events[5].id).subject).toBe('late');
  expect(state.get(events[4].id)?.['@removed']).toBeDefined();
  expect(state.size).toBe(6);
});

test('each calendar has a feed of its own', async () => {
  const client = clientOf(world());
  const { body: calendar } = await client.post('/v1.0/me/calendars', { name: `c${Math.random()}` });
  const path = `/v1.0/me/calendars/${enc(calendar.id)}`;
  const there = await createOk(client, newEvent(), `${path}/events`);
  await createOk(client, newEvent());
  const { items } = await readRound(client, `${path}/calendarView/delta?${springWindow}`);
  expect(idsOf(items)).toEqual([there.id]);
});

insideTest('a move to another calendar is removed here and new there', async () => {
  const it = world();
  const client = clientOf(it);
  const event = await createOk(client, newEvent());
  const { body: other } = await client.post('/v1.0/me/calendars', { name: 'Other' });
  const otherPath = `/v1.0/me/calendars/${enc(other.id)}/calendarView/delta?${springWindow}`;
  const [here, there] = [await readRound(client, firstPath), await readRound(client, otherPath)];
  it.sandbox.acts.moveEvent(alex.id, event.id, other.id);
  expect(removedOf((await readRound(client, here.link)).items)).toEqual([event.id]);
  const [moved] = (await readRound(client, there.link)).items;
  expect(moved.iCalUId).toBe(event.iCalUId);
  expect(moved.id).not.toBe(event.id);
});

test('a view’s delta takes no $select, $filter and the like', async () => {
  const client = clientOf(world());
  for (const option of ['$select=subject', "$filter=subject eq 'x'", '$orderby=subject']) {
    expect((await client.get(`${firstPath}&${option}`)).status).toBe(400);
  }
  expect((await client.get('/v1.0/me/calendarView/delta')).status).toBe(400);
});

test('a delta honours zone and id preferences', async () => {
  const client = clientOf(world());
  const event = await createOk(client, newEvent());
  const prefer = 'IdType="ImmutableId", outlook.timezone="Tokyo Standard Time"';
  const { body, headers } = await client.get(firstPath, { prefer });
  expect(body.value[0].start.timeZone).toBe('Tokyo Standard Time');
  expect(body.value[0].id).not.toBe(event.id);
  expect(headers.get('preference-applied')).toContain('odata.track-changes');
});

insideTest('an ended token is 410 with the address of a new round', async () => {
  const it = world();
  const client = clientOf(it);
  const event = await createOk(client, newEvent());
  const { link } = await readRound(client, firstPath);
  it.switches['outlook.deltaTokensAlwaysExpired'] = true;
  const { status, headers, body } = await client.get(link);
  expect([status, body.error.code]).toEqual([410, 'resyncRequired']);
  const location = headers.get('location') ?? '';
  expect(location).toMatch(/\$deltatoken=$/);
  const again = await readRound(client, location);
  expect(idsOf(again.items)).toEqual([event.id]);
});

insideTest('an ended token may be 400 SyncStateNotFound instead', async () => {
  const it = world({ 'outlook.deltaExpiredStatus': 400 });
  const client = clientOf(it);
  const { link } = await readRound(client, firstPath);
  it.switches['outlook.deltaTokensAlwaysExpired'] = true;
  const { status, body } = await client.get(link);
  expect([status, body.error.code]).toEqual([400, 'SyncStateNotFound']);
});

insideTest('tokens are evicted by age or by date', async () => {
  const it = world({ 'outlook.deltaTokenLifetimeMinutes': 60 });
  const client = clientOf(it);
  const { link } = await readRound(client, firstPath);
  await it.pass(59 * 60_000);
  expect((await client.get(link)).status).toBe(200);
  await it.pass(2 * 60_000);
  expect((await client.get(link)).status).toBe(410);
  it.switches['outlook.deltaTokenLifetimeMinutes'] = 0;
  expect((await client.get(link)).status).toBe(200);
  it.switches['outlook.deltaTokensValidFrom'] = it.world.runtime.now();
  expect((await client.get(link)).status).toBe(410);
});

test('a garbled token is a client error that begins with SyncState', async () => {
  const { status, body } = await clientOf(world()).get(
    '/v1.0/me/calendarView/delta?$deltatoken=nonsense',
  );
  expect(status).toBe(400);
  expect(body.error.code).toMatch(/^SyncState/);
});

test('changes of open extensions are not tracked', async () => {
  const client = clientOf(world());
  const event = await createOk(client, newEvent());
  const { link } = await readRound(client, firstPath);
  const extension = { extensionName: 'com.example.crm', lead: '7' };
  expect((await client.post(`${eventPath(event)}/extensions`, extension)).status).toBe(201);
  expect((await readRound(client, link)).items).toEqual([]);
});

insideTest('events/delta is the beta’s: few members, no window, no occurrences', async () => {
  const client = clientOf(world());
  const event = await createOk(client, newEvent(february));
  const master = await createOk(client, newSeries());
  expect((await client.get('/v1.0/me/events/delta')).status).toBe(400);
  const { items, link } = await readRound(client, '/beta/me/events/delta');
  expect(idsOf(items).sort()).toEqual([event.id, master.id].sort());
  expect(Object.keys(items[0]).sort()).toEqual(['end', 'id', 'start', 'type']);
  await client.delete(eventPath(event));
  expect(removedOf((await readRound(client, link)).items)).toEqual([event.id]);
  const since = await readRound(client, '/beta/me/events/delta?startDateTime=2026-03-01T00:00:00Z');
  expect(idsOf(since.items)).toEqual([master.id]);
});

insideTest('endless series in a long window fail where the switch says so', async () => {
  const client = clientOf(world({ 'outlook.deltaEndlessSeriesMaxDays': 30 }));
  const range = { type: 'noEnd', startDate: '2026-03-09' };
  await createOk(client, newSeries({ recurrence: { ...newSeries().recurrence, range } }));
  const { status, body } = await client.get(firstPath);
  expect([status, body.error.code]).toEqual([503, 'UnknownError']);
});
