import { describe, expect, test } from 'vitest';
import { ada, eventsPath, expectError, listAll, lunch, newStage } from './client.ts';

const PRIMARY = eventsPath('primary');

describe('single events', () => {
  test('an inserted event comes back whole, with defaults left out', async () => {
    const client = newStage().as(ada);
    const event = await client.get('events.insert', PRIMARY, { body: lunch() });
    expect(event).toMatchObject({
      kind: 'calendar#event',
      status: 'confirmed',
      summary: 'Lunch',
      organizer: { self: true },
      start: { dateTime: '2026-06-10T12:00:00+02:00', timeZone: 'Europe/Berlin' },
      iCalUID: `${event.id}@google.com`,
      sequence: 0,
      reminders: { useDefault: true },
      eventType: 'default',
    });
    for (const left of ['transparency', 'visibility', 'guestsCanModify', 'attendees']) {
      expect(event).not.toHaveProperty(left);
    }
    expect(await client.get('events.get', eventsPath('primary', event.id))).toEqual(event);
  });

  test('the ETag is twice the microseconds of the last change', async () => {
    const client = newStage().as(ada);
    const event = await client.get('events.insert', PRIMARY, { body: lunch() });
    const micros = Number(event.etag.slice(1, -1)) / 2;
    expect(new Date(Math.floor(micros / 1000)).toISOString()).toBe(event.updated);
  });

  test('a client id keeps to base32hex, 5 to 1024 characters', async () => {
    const client = newStage().as(ada);
    for (const id of ['abcd', 'wxyzw', 'with-hyphen', 'UPPER', 'under_score', 'v'.repeat(1025)]) {
      const reply = await client.call('events.insert', PRIMARY, { body: lunch({ id }) });
      expectError(reply, 400, 'invalid');
      expect(reply.body.error.message).toBe('Invalid resource id value.');
    }
    const id = '0123456789abcdefghijklmnopqrstuv';
    expect((await client.get('events.insert', PRIMARY, { body: lunch({ id }) })).id).toBe(id);
  });

  test('a used id is 409 for ever, also after the event was deleted', async () => {
    const client = newStage().as(ada);
    const body = lunch({ id: 'kalends0001'.replace(/[w-z]/g, '0') });
    await client.get('events.insert', PRIMARY, { body });
    expectError(await client.call('events.insert', PRIMARY, { body }), 409, 'duplicate');
    await client.get('events.delete', eventsPath('primary', body.id));
    expectError(await client.call('events.insert', PRIMARY, { body }), 409, 'duplicate');
  });

  test('a deleted event comes back by an update with status confirmed', async () => {
    const client = newStage().as(ada);
    const { id } = await client.get('events.insert', PRIMARY, { body: lunch() });
    const path = eventsPath('primary', id);
    await client.get('events.delete', path);
    expect((await client.get('events.get', path)).status).toBe('cancelled');
    expectError(await client.call('events.delete', path), 410, 'deleted');
    await client.get('events.patch', path, { body: { status: 'confirmed' } });
    expect(await client.get('events.get', path)).toMatchObject({
      status: 'confirmed',
      summary: 'Lunch',
    });
  });

  test('update clears what it does not name, patch keeps it, null clears in a patch', async () => {
    const client = newStage().as(ada);
    const body = lunch({ location: 'Here', description: 'Soup' });
    const { id } = await client.get('events.insert', PRIMARY, { body });
    const path = eventsPath('primary', id);
    const patched = await client.get('events.patch', path, { body: { location: null } });
    expect(patched).not.toHaveProperty('location');
    expect(patched.description).toBe('Soup');
    const updated = await client.get('events.update', path, { body: lunch() });
    expect(updated).not.toHaveProperty('description');
  });

  test('a stale If-Match is 412, the current one is taken, If-None-Match gives 304', async () => {
    const client = newStage().as(ada);
    const first = await client.get('events.insert', PRIMARY, { body: lunch() });
    const path = eventsPath('primary', first.id);
    const second = await client.get('events.patch', path, {
      body: { summary: 'Late lunch' },
      headers: { 'if-match': first.etag },
    });
    expect(second.etag).not.toBe(first.etag);
    for (const operation of ['events.patch', 'events.update', 'events.delete']) {
      const options = { body: lunch(), headers: { 'if-match': first.etag } };
      expectError(await client.call(operation, path, options), 412, 'conditionNotMet');
    }
    const same = { headers: { 'if-none-match': second.etag } };
    expect((await client.call('events.get', path, same)).status).toBe(304);
  });

  test('changed reminders move the ETag but not `updated`', async () => {
    const stage = newStage();
    const client = stage.as(ada);
    const first = await client.get('events.insert', PRIMARY, { body: lunch() });
    await stage.world.advance(5_000);
    const reminders = { useDefault: false, overrides: [{ method: 'popup', minutes: 5 }] };
    const path = eventsPath('primary', first.id);
    const second = await client.get('events.patch', path, { body: { reminders } });
    expect(second.updated).toBe(first.updated);
    expect(second.etag).not.toBe(first.etag);
    expect(second.reminders).toEqual(reminders);
  });
});

describe('listing', () => {
  test('pages hold maxResults events and only the last one has the sync token', async () => {
    const client = newStage().as(ada);
    for (let n = 0; n < 7; n++) {
      await client.get('events.insert', PRIMARY, { body: lunch({ summary: `${n}` }) });
    }
    const { items, pages } = await listAll(client, 'primary', { maxResults: 3 });
    expect([items.length, pages]).toEqual([7, 3]);
  });

  test('an incremental listing holds exactly what changed, tombstones without details', async () => {
    const client = newStage().as(ada);
    const kept = await client.get('events.insert', PRIMARY, { body: lunch() });
    const gone = await client.get('events.insert', PRIMARY, { body: lunch() });
    const { syncToken } = await listAll(client, 'primary');
    const idle = await listAll(client, 'primary', { syncToken });
    expect(idle.items).toEqual([]);
    await client.get('events.patch', eventsPath('primary', kept.id), { body: { summary: 'x' } });
    await client.get('events.delete', eventsPath('primary', gone.id));
    const { items } = await listAll(client, 'primary', { syncToken: idle.syncToken });
    expect(items.map(({ id, status }) => [id, status])).toEqual([
      [kept.id, 'confirmed'],
      [gone.id, 'cancelled'],
    ]);
    expect(Object.keys(items[1] ?? {})).toEqual(['kind', 'etag', 'id', 'status']);
  });
});
