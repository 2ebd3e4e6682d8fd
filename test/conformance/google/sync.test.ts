import { describe, expect, test } from 'vitest';
import {
  ada,
  bob,
  eventsPath,
  expectError,
  insideTest,
  listAll,
  lunch,
  newStage,
} from './client.ts';

const PRIMARY = eventsPath('primary');
const DAY_MS = 86_400_000;

describe('sync tokens', () => {
  test.for([
    ['orderBy', 'updated'],
    ['timeMin', '2026-01-01T00:00:00Z'],
    ['timeMax', '2027-01-01T00:00:00Z'],
    ['updatedMin', '2026-05-30T00:00:00Z'],
    ['q', 'lunch'],
    ['iCalUID', 'x@google.com'],
    ['privateExtendedProperty', 'a=b'],
    ['sharedExtendedProperty', 'a=b'],
    ['showDeleted', 'false'],
  ])('do not go with %s: 400', async ([name, value]) => {
    const client = newStage().as(ada);
    const { syncToken } = await listAll(client, 'primary');
    const query = { syncToken, [name as string]: value };
    expectError(await client.call('events.list', PRIMARY, { query }), 400, 'invalid');
  });

  test.for(['garbage', 'x', 'AAAA', '%%%', 'CPjs'])(
    'a garbled one is 400, not 410: %s',
    async (syncToken) => {
      const client = newStage().as(ada);
      const reply = await client.call('events.list', PRIMARY, { query: { syncToken } });
      expectError(reply, 400, 'invalid');
      expect(reply.body.error.message).toBe('Invalid sync token value.');
    },
  );

  insideTest('one of another calendar, or altered but decodable, is 410', async () => {
    const stage = newStage();
    const { syncToken } = await listAll(stage.as(bob), 'primary');
    const reply = await stage.as(ada).call('events.list', PRIMARY, { query: { syncToken } });
    expectError(reply, 410, 'fullSyncRequired');
    expect(reply.body.error.errors[0]).toMatchObject({ domain: 'calendar', location: 'syncToken' });
  });

  insideTest('one that is too old is 410', async () => {
    const stage = newStage();
    const { syncToken } = await listAll(stage.as(ada), 'primary');
    await stage.world.advance(31 * DAY_MS);
    const reply = await stage.as(ada).call('events.list', PRIMARY, { query: { syncToken } });
    expectError(reply, 410, 'fullSyncRequired');
  });

  insideTest('a changed access rule ends them', async () => {
    const stage = newStage();
    const { syncToken } = await listAll(stage.as(ada), 'primary');
    const body = { role: 'reader', scope: { type: 'user', value: bob.email } };
    await stage.as(ada).get('acl.insert', 'calendars/primary/acl', { body });
    const reply = await stage.as(ada).call('events.list', PRIMARY, { query: { syncToken } });
    expectError(reply, 410, 'fullSyncRequired');
  });

  test('an event that changes while a listing is paged is not lost', async () => {
    const client = newStage().as(ada);
    const ids: string[] = [];
    for (let n = 0; n < 4; n++)
      ids.push((await client.get('events.insert', PRIMARY, { body: lunch() })).id);
    const first = await client.get('events.list', PRIMARY, { query: { maxResults: 2 } });
    await client.get('events.patch', eventsPath('primary', ids[3]), { body: { summary: 'x' } });
    const added = await client.get('events.insert', PRIMARY, { body: lunch() });
    const query = { maxResults: 2, pageToken: first.nextPageToken };
    const second = await client.get('events.list', PRIMARY, { query });
    const rest = second.nextPageToken
      ? await client.get('events.list', PRIMARY, {
          query: { ...query, pageToken: second.nextPageToken },
        })
      : { items: [], nextSyncToken: second.nextSyncToken };
    const seen = [...first.items, ...second.items, ...rest.items].map(({ id }) => id);
    const delta = await listAll(client, 'primary', { syncToken: rest.nextSyncToken });
    const all = new Set([...seen, ...delta.items.map(({ id }) => id)]);
    expect(all).toEqual(new Set([...ids, added.id]));
  });

  test('a page token belongs to its query', async () => {
    const client = newStage().as(ada);
    for (let n = 0; n < 3; n++) await client.get('events.insert', PRIMARY, { body: lunch() });
    const { nextPageToken: pageToken } = await client.get('events.list', PRIMARY, {
      query: { maxResults: 2 },
    });
    const query = { maxResults: 2, pageToken, singleEvents: true };
    expectError(await client.call('events.list', PRIMARY, { query }), 400, 'invalid');
  });

  insideTest('by switch, pages in the middle are empty and the listing goes on', async () => {
    const stage = newStage();
    stage.world.switches['google.emptyPageEvery'] = 1;
    for (let n = 0; n < 5; n++)
      await stage.as(ada).get('events.insert', PRIMARY, { body: lunch() });
    const { items, pages } = await listAll(stage.as(ada), 'primary', { maxResults: 2 });
    expect(items).toHaveLength(5);
    expect(pages).toBeGreaterThan(3);
  });

  insideTest('deltas are not windowed; by switch they stay in the first window', async () => {
    const stage = newStage();
    const client = stage.as(ada);
    const window = { timeMin: '2026-07-01T00:00:00Z' };
    const open = await listAll(client, 'primary', window);
    stage.world.switches['google.deltasAreWindowed'] = true;
    const narrow = await listAll(client, 'primary', window);
    await client.get('events.insert', PRIMARY, { body: lunch() });
    stage.world.switches['google.deltasAreWindowed'] = false;
    expect((await listAll(client, 'primary', { syncToken: open.syncToken })).items).toHaveLength(1);
    expect((await listAll(client, 'primary', { syncToken: narrow.syncToken })).items).toHaveLength(
      0,
    );
  });
});

describe('tombstones', () => {
  insideTest('carry details with showDeleted, eventually vanish, and keep their id', async () => {
    const stage = newStage();
    const client = stage.as(ada);
    const body = lunch({ id: 'tomb00001' });
    await client.get('events.insert', PRIMARY, { body });
    const { syncToken } = await listAll(client, 'primary');
    await client.get('events.delete', eventsPath('primary', body.id));
    const told = await listAll(client, 'primary', { syncToken, showDeleted: true });
    expect(told.items[0]).toMatchObject({ status: 'cancelled', summary: 'Lunch' });
    await stage.world.advance(31 * DAY_MS);
    expectError(await client.call('events.get', eventsPath('primary', body.id)), 404, 'notFound');
    expect((await listAll(client, 'primary', { showDeleted: true })).items).toEqual([]);
    expectError(await client.call('events.insert', PRIMARY, { body }), 409, 'duplicate');
  });
});

describe('other ways to list', () => {
  test('updatedMin includes what was deleted since', async () => {
    const client = newStage().as(ada);
    const { id, updated } = await client.get('events.insert', PRIMARY, { body: lunch() });
    await client.get('events.delete', eventsPath('primary', id));
    const { items } = await listAll(client, 'primary', { updatedMin: updated });
    expect(items.map(({ status }) => status)).toEqual(['cancelled']);
  });

  test('updatedMin too long ago is 410', async () => {
    const query = { updatedMin: '2020-01-01T00:00:00Z' };
    const reply = await newStage().as(ada).call('events.list', PRIMARY, { query });
    expectError(reply, 410, 'updatedMinTooLongAgo');
  });

  test('q, iCalUID, extended properties and eventTypes filter', async () => {
    const client = newStage().as(ada);
    const extendedProperties = { private: { crm: '7' }, shared: { deal: '9' } };
    const one = await client.get('events.insert', PRIMARY, { body: lunch({ extendedProperties }) });
    await client.get('events.insert', PRIMARY, { body: lunch({ summary: 'Dinner' }) });
    for (const query of [
      { q: 'LUNCH' },
      { iCalUID: one.iCalUID },
      { privateExtendedProperty: 'crm=7' },
      { sharedExtendedProperty: 'deal=9' },
    ]) {
      const { items } = await listAll(client, 'primary', query);
      expect(items.map(({ id }) => id)).toEqual([one.id]);
    }
    expect((await listAll(client, 'primary', { privateExtendedProperty: 'crm=8' })).items).toEqual(
      [],
    );
    expect((await listAll(client, 'primary', { eventTypes: ['focusTime'] })).items).toEqual([]);
  });

  test('timeMin and timeMax need an offset; an empty range is timeRangeEmpty', async () => {
    const client = newStage().as(ada);
    const bare = { timeMin: '2026-01-01T00:00:00' };
    expect((await client.call('events.list', PRIMARY, { query: bare })).status).toBe(400);
    const query = { timeMin: '2026-01-02T00:00:00Z', timeMax: '2026-01-01T00:00:00Z' };
    const reply = await client.call('events.list', PRIMARY, { query });
    expectError(reply, 400, 'timeRangeEmpty');
    expect(reply.body.error.errors[0]).toMatchObject({ domain: 'calendar', location: 'timeMax' });
  });

  test('maxResults beyond 2500 is cut, below 1 refused', async () => {
    const client = newStage().as(ada);
    const big = await client.call('events.list', PRIMARY, { query: { maxResults: 9_999 } });
    expect(big.status).toBe(200);
    const none = await client.call('events.list', PRIMARY, { query: { maxResults: 0 } });
    expectError(none, 400, 'invalidParameter');
  });

  test('times are rendered in the calendar’s zone, or in the one asked for', async () => {
    const client = newStage().as(ada);
    await client.get('events.insert', PRIMARY, { body: lunch() });
    const { items } = await listAll(client, 'primary', { timeZone: 'Asia/Tokyo' });
    expect(items[0]?.start).toEqual({
      dateTime: '2026-06-10T19:00:00+09:00',
      timeZone: 'Europe/Berlin',
    });
  });

  test('fields selects', async () => {
    const client = newStage().as(ada);
    const { id } = await client.get('events.insert', PRIMARY, { body: lunch() });
    const query = { fields: 'items(id,start/dateTime),nextSyncToken' };
    const page = await client.get('events.list', PRIMARY, { query });
    expect(page).toEqual({
      items: [{ id, start: { dateTime: '2026-06-10T12:00:00+02:00' } }],
      nextSyncToken: page.nextSyncToken,
    });
    const wrong = await client.call('events.list', PRIMARY, { query: { fields: 'items(id' } });
    expectError(wrong, 400, 'invalidParameter');
  });
});
