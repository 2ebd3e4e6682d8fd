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
  type Body,
} from './client.ts';

const LIST = 'users/me/calendarList';

describe('the list of calendars', () => {
  insideTest('begins with the primary calendar, whose id is the address', async () => {
    const { items } = await newStage().as(ada).get('calendarList.list', LIST);
    expect(items).toMatchObject([
      { id: ada.email, primary: true, accessRole: 'owner', timeZone: 'Europe/Berlin' },
    ]);
    expect(items[0]).not.toHaveProperty('hidden');
  });

  insideTest(
    'incremental: what was added, changed or removed, deleted entries marked',
    async () => {
      const client = newStage().as(ada);
      const { nextSyncToken } = await client.get('calendarList.list', LIST);
      const { id } = await client.get('calendars.insert', 'calendars', {
        body: { summary: 'CRM' },
      });
      const query = { syncToken: nextSyncToken };
      const added = await client.get('calendarList.list', LIST, { query });
      expect(added.items.map((item: Body) => [item.id, item.dataOwner])).toEqual([[id, ada.email]]);
      await client.get('calendars.delete', `calendars/${encodeURIComponent(id)}`);
      const next = { syncToken: added.nextSyncToken };
      const gone = await client.get('calendarList.list', LIST, { query: next });
      expect(gone.items).toMatchObject([{ id, deleted: true }]);
      const idle = { syncToken: gone.nextSyncToken };
      expect((await client.get('calendarList.list', LIST, { query: idle })).items).toEqual([]);
    },
  );

  insideTest.for([
    'minAccessRole=owner',
    'showOwnOrganizationOnly=true',
    'showDeleted=false',
    'showHidden=false',
  ])('a sync token does not go with %s', async (text) => {
    const client = newStage().as(ada);
    const { nextSyncToken } = await client.get('calendarList.list', LIST);
    const [name = '', value] = text.split('=');
    const query = { syncToken: nextSyncToken, [name]: value };
    expectError(await client.call('calendarList.list', LIST, { query }), 400, 'invalid');
  });

  insideTest('a lost permission does not show up incrementally', async () => {
    const stage = newStage();
    const acl = 'calendars/primary/acl';
    const body = { role: 'writer', scope: { type: 'user', value: bob.email } };
    const { id } = await stage.as(ada).get('acl.insert', acl, { body });
    const { nextSyncToken, items } = await stage.as(bob).get('calendarList.list', LIST);
    expect(items.map((item: Body) => item.accessRole)).toEqual(['owner', 'writer']);
    await stage
      .as(ada)
      .get('acl.patch', `${acl}/${encodeURIComponent(id)}`, { body: { role: 'reader' } });
    const query = { syncToken: nextSyncToken };
    expect((await stage.as(bob).get('calendarList.list', LIST, { query })).items).toEqual([]);
    const entry = await stage
      .as(bob)
      .get('calendarList.get', `${LIST}/${encodeURIComponent(ada.email)}`);
    expect(entry.accessRole).toBe('reader');
  });

  insideTest('an entry can be hidden and found again with showHidden', async () => {
    const client = newStage().as(ada);
    const { id } = await client.get('calendars.insert', 'calendars', { body: { summary: 'CRM' } });
    const path = `${LIST}/${encodeURIComponent(id)}`;
    await client.get('calendarList.patch', path, {
      body: { hidden: true, summaryOverride: 'Mine' },
    });
    expect((await client.get('calendarList.list', LIST)).items).toHaveLength(1);
    const { items } = await client.get('calendarList.list', LIST, { query: { showHidden: true } });
    expect(items[1]).toMatchObject({ hidden: true, summaryOverride: 'Mine', summary: 'CRM' });
  });

  insideTest('the list can be watched', async () => {
    const stage = newStage();
    const body = { id: 'list-1', type: 'web_hook', address: 'https://crm.test/hook' };
    await stage.as(ada).get('calendarList.watch', `${LIST}/watch`, { body });
    await stage.as(ada).get('calendars.insert', 'calendars', { body: { summary: 'CRM' } });
    await stage.world.advance(5_000);
    expect(stage.world.deliveries).toHaveLength(2);
  });
});

describe('calendars', () => {
  insideTest(
    'the primary one cannot be deleted but cleared, a secondary one the other way round',
    async () => {
      const client = newStage().as(ada);
      const { id } = await client.get('calendars.insert', 'calendars', {
        body: { summary: 'CRM' },
      });
      await client.get('events.insert', eventsPath('primary'), { body: lunch() });
      expect((await client.call('calendars.delete', 'calendars/primary')).status).toBe(400);
      const path = `calendars/${encodeURIComponent(id)}`;
      expect((await client.call('calendars.clear', `${path}/clear`)).status).toBe(400);
      expect((await client.call('calendars.clear', 'calendars/primary/clear')).status).toBe(204);
      expect((await listAll(client, 'primary')).items).toEqual([]);
      await client.get('calendars.delete', path);
      expectError(await client.call('calendars.get', path), 404, 'notFound');
    },
  );

  insideTest('events on a secondary calendar are organized by it', async () => {
    const client = newStage().as(ada);
    const { id } = await client.get('calendars.insert', 'calendars', { body: { summary: 'CRM' } });
    const event = await client.get('events.insert', eventsPath(id), { body: lunch() });
    expect(event.organizer).toEqual({ email: id, displayName: 'CRM', self: true });
    expect(event.creator).toEqual({ email: ada.email });
  });

  test('a moved event changes its organizer and leaves a bare stub behind', async () => {
    const client = newStage().as(ada);
    const { id } = await client.get('calendars.insert', 'calendars', { body: { summary: 'CRM' } });
    const event = await client.get('events.insert', eventsPath('primary'), { body: lunch() });
    const moved = await client.get('events.move', eventsPath('primary', event.id, 'move'), {
      query: { destination: id },
    });
    expect([moved.id, moved.organizer.email]).toEqual([event.id, id]);
    const stub = await client.get('events.get', eventsPath('primary', event.id));
    expect(Object.keys(stub)).toEqual(['kind', 'etag', 'id', 'status']);
    expect(stub.status).toBe('cancelled');
  });

  insideTest('settings and colors are there', async () => {
    const client = newStage().as(ada);
    const zone = await client.get('settings.get', 'users/me/settings/timezone');
    expect(zone.value).toBe('Europe/Berlin');
    expect((await client.get('settings.list', 'users/me/settings')).items.length).toBeGreaterThan(
      5,
    );
    expect(Object.keys((await client.get('colors.get', 'colors')).event)).toHaveLength(11);
  });
});

describe('freeBusy', () => {
  insideTest(
    'joins busy times of singles and series; errors are per calendar, inside the 200',
    async () => {
      const client = newStage().as(ada);
      const recurrence = ['RRULE:FREQ=DAILY;COUNT=3'];
      const event = await client.get('events.insert', eventsPath('primary'), {
        body: lunch({ recurrence }),
      });
      await client.get('events.delete', eventsPath('primary', `${event.id}_20260611T100000Z`));
      const free = lunch({
        transparency: 'transparent',
        start: { dateTime: '2026-06-10T08:00:00Z' },
        end: { dateTime: '2026-06-10T09:00:00Z' },
      });
      await client.get('events.insert', eventsPath('primary'), { body: free });
      const longer = lunch({
        start: { dateTime: '2026-06-10T10:30:00Z' },
        end: { dateTime: '2026-06-10T11:30:00Z' },
      });
      await client.get('events.insert', eventsPath('primary'), { body: longer });
      const body = {
        timeMin: '2026-06-10T00:00:00Z',
        timeMax: '2026-06-13T00:00:00Z',
        items: [{ id: 'primary' }, { id: 'nobody@example.test' }],
      };
      const { calendars } = await client.get('freeBusy.query', 'freeBusy', { body });
      expect(calendars.primary.busy).toEqual([
        { start: '2026-06-10T10:00:00Z', end: '2026-06-10T11:30:00Z' },
        { start: '2026-06-12T10:00:00Z', end: '2026-06-12T11:00:00Z' },
      ]);
      expect(calendars['nobody@example.test'].errors).toEqual([
        { domain: 'global', reason: 'notFound' },
      ]);
    },
  );
});

describe('event types', () => {
  const slot = {
    start: { dateTime: '2026-06-10T10:00:00Z' },
    end: { dateTime: '2026-06-10T11:00:00Z' },
  };
  const day = { start: { date: '2026-06-10' }, end: { date: '2026-06-11' } };
  const home = { type: 'homeOffice', homeOffice: {} };
  const quiet = { visibility: 'private', transparency: 'transparent' };
  const born = { eventType: 'birthday', ...day, ...quiet, recurrence: ['RRULE:FREQ=YEARLY'] };
  const good: Body[] = [
    {
      eventType: 'outOfOffice',
      ...slot,
      outOfOfficeProperties: { autoDeclineMode: 'declineNone' },
    },
    { eventType: 'focusTime', ...slot, focusTimeProperties: { chatStatus: 'doNotDisturb' } },
    {
      eventType: 'workingLocation',
      ...day,
      visibility: 'public',
      transparency: 'transparent',
      workingLocationProperties: home,
    },
    born,
  ];
  const bad: Body[] = [
    { eventType: 'fromGmail', ...slot },
    { eventType: 'outOfOffice', ...slot },
    { eventType: 'outOfOffice', ...day, outOfOfficeProperties: {} },
    { eventType: 'focusTime', ...slot, transparency: 'transparent', focusTimeProperties: {} },
    { eventType: 'workingLocation', ...day, workingLocationProperties: home },
    { ...born, recurrence: undefined },
    { ...born, start: { date: '2024-02-29' }, end: { date: '2024-03-01' } },
    { eventType: 'party', ...slot },
  ];

  insideTest.for(good)('can be made as their rules say: $eventType', async (body) => {
    const event = await newStage().as(ada).get('events.insert', eventsPath('primary'), { body });
    expect(event.eventType).toBe(body.eventType);
  });

  insideTest.for(bad)('are refused otherwise: %o', async (body) => {
    const reply = await newStage().as(ada).call('events.insert', eventsPath('primary'), { body });
    expectError(reply, 400, 'invalid');
  });

  insideTest('are immutable, live on primary calendars only, and do not move', async () => {
    const client = newStage().as(ada);
    const { id } = await client.get('calendars.insert', 'calendars', { body: { summary: 'CRM' } });
    expectError(
      await client.call('events.insert', eventsPath(id), { body: good[0] }),
      400,
      'invalid',
    );
    const away = await client.get('events.insert', eventsPath('primary'), { body: good[0] });
    const path = eventsPath('primary', away.id);
    expectError(
      await client.call('events.patch', path, { body: { eventType: 'default' } }),
      400,
      'invalid',
    );
    const query = { destination: id };
    expectError(await client.call('events.move', `${path}/move`, { query }), 400, 'invalid');
  });
});

describe('conferences', () => {
  const conferenceData = {
    createRequest: { requestId: 'r1', conferenceSolutionKey: { type: 'hangoutsMeet' } },
  };

  insideTest('are ignored without version 1, with it pending first and there later', async () => {
    const stage = newStage();
    const client = stage.as(ada);
    const body = lunch({ conferenceData });
    expect(await client.get('events.insert', eventsPath('primary'), { body })).not.toHaveProperty(
      'conferenceData',
    );
    const query = { conferenceDataVersion: 1 };
    const event = await client.get('events.insert', eventsPath('primary'), { body, query });
    expect(event.conferenceData.createRequest.status.statusCode).toBe('pending');
    await stage.world.advance(5_000);
    const path = eventsPath('primary', event.id);
    const later = await client.get('events.get', path);
    expect(later.conferenceData.createRequest.status.statusCode).toBe('success');
    expect(later.hangoutLink).toBe(later.conferenceData.entryPoints[0].uri);
    expect(later.etag).not.toBe(event.etag);
    // The same request id again is no new request, and version 0 leaves all as it is.
    const again = await client.get('events.patch', path, { body: { conferenceData }, query });
    expect(again.hangoutLink).toBe(later.hangoutLink);
    const plain = await client.get('events.update', path, { body: lunch() });
    expect(plain.hangoutLink).toBe(later.hangoutLink);
    const off = await client.get('events.patch', path, { body: { conferenceData: null }, query });
    expect(off).not.toHaveProperty('hangoutLink');
  });
});

describe('the whole state', () => {
  insideTest('survives a snapshot as plain JSON', async () => {
    const stage = newStage();
    const client = stage.as(ada);
    const body = lunch({
      attendees: [{ email: bob.email }],
      recurrence: ['RRULE:FREQ=DAILY;COUNT=3'],
    });
    const { id } = await client.get('events.insert', eventsPath('primary'), { body });
    await client.get('events.delete', eventsPath('primary', `${id}_20260611T100000Z`));
    const { items, syncToken } = await listAll(client, 'primary');
    const copy = JSON.parse(JSON.stringify(stage.google.snapshot()));
    await client.get('events.delete', eventsPath('primary', id));
    stage.google.restore(copy);
    expect((await listAll(client, 'primary')).items).toEqual(items);
    expect((await listAll(client, 'primary', { syncToken })).items).toEqual([]);
  });
});
