import { describe, expect, test } from 'vitest';
import type { FeedPosition, RemoteChange } from '../../src/providers/provider.ts';
import { answering, json, openDesk, type Subject, subjects } from './subjects.ts';

const [google, outlook] = subjects;
if (!google || !outlook) throw new Error('both providers are needed');

const call = { accessToken: 'token', calendarId: 'anna@northwind.sandbox' };
const position: FeedPosition = {
  syncToken: null,
  pageToken: null,
  window: { start: new Date('2026-09-01T00:00:00Z'), end: new Date('2027-12-31T00:00:00Z') },
};

const googleEvent = {
  id: 'good',
  etag: '"1"',
  status: 'confirmed',
  start: { dateTime: '2026-07-01T09:00:00+02:00', timeZone: 'Europe/Berlin' },
  end: { dateTime: '2026-07-01T10:00:00+02:00', timeZone: 'Europe/Berlin' },
};
const outlookEvent = {
  '@odata.etag': 'W/"1"',
  id: 'good',
  type: 'singleInstance',
  start: { dateTime: '2026-07-01T07:00:00.0000000', timeZone: 'UTC' },
  end: { dateTime: '2026-07-01T08:00:00.0000000', timeZone: 'UTC' },
  originalStartTimeZone: 'W. Europe Standard Time',
};
const moment = (dateTime: string) => ({ dateTime, timeZone: 'UTC' });

const forms = {
  google: {
    event: googleEvent,
    toPage: (items: unknown[]) => ({ items, nextSyncToken: 'next' }),
    unreadable: [
      { etag: undefined },
      { start: null },
      { start: undefined, end: undefined },
      { start: { date: '2026-02-30' }, end: { date: '2026-03-02' } },
      { start: { date: '2026-03-02' }, end: { date: '2026-03-02' } },
      { start: { date: '2026-03-02' } },
      { start: { dateTime: 'now' } },
      { start: { dateTime: '2026-07-01T25:00:00Z' } },
      { start: { dateTime: '0001-01-01T00:00:00Z' } },
      { end: { dateTime: '2026-07-01T08:59:59+02:00', timeZone: 'Europe/Berlin' } },
      { summary: 'half a \ud83d smile' },
      { description: 'nothing \0 more' },
      { attendees: 'many' },
      { summary: 42 },
    ],
  },
  outlook: {
    event: outlookEvent,
    toPage: (value: unknown[]) => ({ value, '@odata.deltaLink': `${outlook.config.apiUrl}/x` }),
    unreadable: [
      { '@odata.etag': undefined },
      { start: null },
      { start: undefined, end: undefined },
      { start: moment('0001-01-01T00:00:00.0000000') },
      { end: moment('9999-12-31T23:59:59.9999999') },
      { start: moment('2026-02-30T00:00:00.0000000') },
      { start: moment('now') },
      { start: { dateTime: '2026-07-01T07:00:00', timeZone: 'Pacific Standard Time' } },
      { end: moment('2026-07-01T06:59:59.0000000') },
      { isAllDay: true, end: moment('2026-07-01T00:00:00.0000000') },
      { subject: 'half a \ud83d smile' },
      { location: { displayName: 'nothing \0 more' } },
      { attendees: 'many' },
      { subject: 42 },
    ],
  },
};

const read = async (subject: Subject, entries: unknown[]): Promise<RemoteChange[]> => {
  const { provider } = answering(subject, () => json(forms[subject.name].toPage(entries)));
  return (await provider.listChanges(call, position)).changes;
};
const readOne = async (subject: Subject, members: object) => {
  const [change] = await read(subject, [{ ...forms[subject.name].event, ...members }]);
  if (change?.kind !== 'event') throw new Error(`it is ${JSON.stringify(change)}`);
  return change.event;
};

describe.each(subjects)('$name: an entry of the feed', (subject) => {
  const { event } = forms[subject.name];
  const unreadable: object[] = forms[subject.name].unreadable;

  test.each(unreadable)(
    '[F26] that is no event (%j) is set aside, and the others go on',
    async (members) => {
      const bad = { ...event, ...members, id: 'bad' };
      const changes = await read(subject, [bad, event]);
      expect(changes).toEqual([
        { kind: 'unreadable', externalId: 'bad', reason: expect.stringMatching(/^.{20,200}\.$/) },
        { kind: 'event', event: expect.objectContaining({ externalId: 'good' }) },
      ]);
    },
  );

  test.each([null, 'text', 42, [], {}, { id: '' }, { id: 7 }, { id: '\0' }, { id: '\udc00' }])(
    'without an id (%j) is set aside without a name',
    async (entry) => {
      const changes = await read(subject, [entry, event]);
      expect(changes.map(({ kind }) => kind)).toEqual(['unreadable', 'event']);
      expect(changes[0]).toMatchObject({ externalId: '' });
    },
  );

  test('counts as it comes last', async () => {
    const [change, ...others] = await read(subject, [
      { ...event, summary: 'first', subject: 'first' },
      { ...event, summary: 'last', subject: 'last' },
    ]);
    expect(others).toEqual([]);
    expect(change).toMatchObject({ kind: 'event', event: { fields: { title: 'last' } } });
  });

  test('names people by their addresses in lower case', async () => {
    const people =
      subject.name === 'google'
        ? {
            organizer: { email: 'Ben@Northwind.sandbox' },
            attendees: [{ email: 'Ada@Example.com' }, { displayName: 'a room' }],
          }
        : {
            organizer: { emailAddress: { name: 'Ben', address: 'Ben@Northwind.sandbox' } },
            attendees: [
              { type: 'required', emailAddress: { name: 'Ada', address: 'Ada@Example.com' } },
              { type: 'resource', emailAddress: { name: 'a room' } },
            ],
          };
    expect(await readOne(subject, people)).toMatchObject({
      organizer: 'ben@northwind.sandbox',
      fields: { attendees: [{ email: 'ada@example.com' }] },
      answers: { 'ada@example.com': 'needs-action' },
    });
    expect(await readOne(subject, {})).toMatchObject({
      organizer: null,
      fields: { attendees: [] },
      answers: {},
    });
  });

  test('that goes through the hour that the clocks repeat keeps its instants', async () => {
    const [start, end] = ['2026-10-25T00:50:00', '2026-10-25T01:10:00'];
    const zone = { timeZone: 'Europe/Berlin' };
    const times =
      subject.name === 'google'
        ? {
            start: { ...zone, dateTime: '2026-10-25T02:50:00+02:00' },
            end: { ...zone, dateTime: '2026-10-25T02:10:00+01:00' },
          }
        : { start: moment(start), end: moment(end) };
    const { fields, warnings } = await readOne(subject, times);
    expect(fields.when).toEqual({ kind: 'timed', start, end, timeZone: 'UTC' });
    expect(warnings).toHaveLength(1);
  });
});

describe('google: an entry of the feed', () => {
  test('[F16] that is cancelled may have nothing but its id', async () => {
    const status = 'cancelled';
    expect(
      await read(google, [
        { id: 'one', status },
        { id: 'two', status, start: null, etag: null, summary: 42 },
      ]),
    ).toEqual([
      { kind: 'removed', externalId: 'one' },
      { kind: 'removed', externalId: 'two' },
    ]);
  });

  test('[F16] that is a cancelled occurrence may have nothing but its place in the series', async () => {
    const sparse = { status: 'cancelled', recurringEventId: 'series' };
    const dateTime = '2026-07-08T09:00:00+02:00';
    expect(
      await read(google, [
        { ...sparse, id: 'one', originalStartTime: { dateTime, timeZone: 'Europe/Berlin' } },
        { ...sparse, id: 'two', originalStartTime: { date: '2026-07-15' } },
      ]),
    ).toEqual([
      {
        kind: 'cancelled-occurrence',
        externalId: 'one',
        slot: { seriesId: 'series', originalStart: new Date('2026-07-08T07:00:00Z') },
      },
      {
        kind: 'cancelled-occurrence',
        externalId: 'two',
        slot: { seriesId: 'series', originalStart: '2026-07-15' },
      },
    ]);
  });

  test.each([undefined, null, {}, 'now', { date: 'tomorrow' }, { dateTime: 42 }])(
    '[F16] that is a cancelled occurrence without a place (%j) has its series read whole',
    async (originalStartTime) => {
      const sparse = { id: 'one', status: 'cancelled', recurringEventId: 'good' };
      const changes = await read(google, [{ ...sparse, originalStartTime }, googleEvent]);
      expect(changes).toEqual([{ kind: 'series', externalId: 'good' }]);
    },
  );

  test.each([
    ['RRULE:FREQ=SOMETIMES'],
    ['RRULE:'],
    ['FREQ=WEEKLY'],
    ['EXDATE:20260708T070000Z'],
    ['RRULE:FREQ=WEEKLY', 'EXDATE:20260231T070000Z'],
    ['RRULE:FREQ=WEEKLY;UNTIL=tomorrow'],
  ])('[F21] with the rule %j %s is set aside, and the others go on', async (...recurrence) => {
    const changes = await read(google, [{ ...googleEvent, id: 'bad', recurrence }, googleEvent]);
    expect(changes).toEqual([
      { kind: 'unreadable', externalId: 'bad', reason: expect.stringMatching(/^.{20,200}$/) },
      { kind: 'event', event: expect.objectContaining({ externalId: 'good' }) },
    ]);
  });

  test('that is a changed occurrence says which one', async () => {
    const originalStartTime = { dateTime: '2026-07-08T09:00:00+02:00' };
    expect(await readOne(google, { recurringEventId: 'series', originalStartTime })).toMatchObject({
      slot: { seriesId: 'series', originalStart: new Date('2026-07-08T07:00:00Z') },
      fields: { recurrence: null },
    });
    expect(await readOne(google, {})).toMatchObject({ slot: null, exceptions: null });
  });

  test('that is a series keeps its zone where its first times are said twice', async () => {
    const zone = { timeZone: 'Europe/Berlin' };
    const { fields, warnings } = await readOne(google, {
      start: { ...zone, dateTime: '2026-10-25T02:50:00+02:00' },
      end: { ...zone, dateTime: '2026-10-25T02:10:00+01:00' },
      recurrence: ['RRULE:FREQ=WEEKLY'],
    });
    const [start, end] = ['2026-10-25T02:50:00', '2026-10-25T03:10:00'];
    expect(fields.when).toEqual({ kind: 'timed', start, end, ...zone });
    expect(warnings).toHaveLength(1);
  });

  test.each([
    [{}, true],
    [{ organizer: { email: 'anna@northwind.sandbox', self: true } }, true],
    [{ organizer: { email: 'Anna@Northwind.sandbox' } }, true],
    [{ organizer: { email: 'ben@northwind.sandbox' } }, false],
    [{ organizer: { email: 'ben@northwind.sandbox' }, guestsCanModify: true }, true],
    [{ organizer: { self: true }, locked: true }, false],
    [{ eventType: 'fromGmail' }, false],
    [{ eventType: 'birthday' }, false],
    [{ eventType: 'workingLocation', organizer: { self: true } }, false],
    [{ eventType: 'outOfOffice' }, false],
    [{ eventType: 'focusTime', guestsCanModify: true }, false],
    [{ eventType: 'default' }, true],
  ])('%j can be edited: %s', async (members, canEdit) => {
    expect(await readOne(google, members)).toMatchObject({ canEdit });
  });

  test.each([
    [undefined, 'meeting'],
    ['default', 'meeting'],
    ['fromGmail', 'meeting'],
    ['birthday', 'birthday'],
    ['workingLocation', 'working-location'],
    ['outOfOffice', 'other'],
    ['focusTime', 'other'],
    ['somethingNew', 'other'],
  ])('of the type %s is of the sort %s', async (eventType, sort) => {
    expect(await readOne(google, { eventType })).toMatchObject({ sort });
  });

  test('with a token is asked for with nothing that does not go with one', async () => {
    const page = json(forms.google.toPage([]));
    const { provider, requests } = answering(google, () => page);
    await provider.listChanges(call, position);
    await provider.listChanges(call, { ...position, pageToken: 'page' });
    await provider.listChanges(call, { ...position, syncToken: 'sync', pageToken: 'page' });
    const always = { maxResults: '2500', singleEvents: 'false', showDeleted: 'true' };
    const timeMin = '2026-09-01T00:00:00.000Z';
    expect(requests.map(({ url }) => Object.fromEntries(new URL(url).searchParams))).toEqual([
      { ...always, timeMin },
      { ...always, timeMin, pageToken: 'page' },
      { ...always, syncToken: 'sync', pageToken: 'page' },
    ]);
  });

  test.each([
    ['Sync token cannot be used with other request restrictions', 'refused'],
    ['The requested ordering is not available for the particular query.', 'refused'],
    ['Invalid sync token value.', 'sync-token-expired'],
  ])('answered 400 with %j is %s', async (message, kind) => {
    const errors = [{ domain: 'global', reason: 'invalid', message, location: 'syncToken' }];
    const refusal = json({ error: { code: 400, message, errors } }, 400);
    const { provider } = answering(google, () => refusal);
    await expect(provider.listChanges(call, position)).rejects.toMatchObject({ kind });
    await expect(provider.findEvent(call, 'one')).rejects.toMatchObject({ kind: 'refused' });
  });
});

describe('outlook: an entry of the feed', () => {
  test.each(['tzone://Microsoft/Custom', 'Customized Time Zone', null])(
    '[F25] in the zone %j keeps its instants and warns',
    async (originalStartTimeZone) => {
      const { fields, warnings } = await readOne(outlook, { originalStartTimeZone });
      expect(fields.when).toMatchObject({ start: '2026-07-01T07:00:00', timeZone: 'UTC' });
      expect(warnings).toHaveLength(1);
    },
  );

  test('tells its link by its transaction id, and whose meeting it is', async () => {
    const transactionId = '0b0b9d2e-6f43-4a58-9d7c-1f6a2c3d4e5f';
    const mine = { transactionId, isOrganizer: true };
    expect(await readOne(outlook, mine)).toMatchObject({ linkId: transactionId, canEdit: true });
    expect(await readOne(outlook, { isOrganizer: false })).toMatchObject({ canEdit: false });
  });

  test('is asked for singly where its text is not plain', async () => {
    const body = { contentType: 'html', content: '<p>Hello</p>' };
    expect(await read(outlook, [{ ...outlookEvent, body }])).toEqual([
      { kind: 'missing', externalId: 'good' },
    ]);
  });

  test('of a series is that series, once a page and however little it says', async () => {
    const seriesMasterId = 'series';
    const parts = [
      { id: 'one', type: 'occurrence', seriesMasterId },
      { id: 'two', type: 'exception', seriesMasterId },
      { id: 'series', type: 'seriesMaster' },
      { id: 'other', type: 'seriesMaster' },
    ];
    expect(await read(outlook, parts)).toEqual([
      { kind: 'series', externalId: 'series' },
      { kind: 'series', externalId: 'other' },
    ]);
  });

  test.each([undefined, null, '', 42, '\0'])(
    'of a series that is not named (%j) is set aside',
    async (seriesMasterId) => {
      expect(await read(outlook, [{ id: 'one', type: 'occurrence', seriesMasterId }])).toEqual([
        { kind: 'unreadable', externalId: 'one', reason: expect.stringMatching(/^.{20,200}\.$/) },
      ]);
    },
  );

  test.each(
    [410, 400, 404, 409, 401, 429].flatMap((status) =>
      ['SyncStateNotFound', 'syncStateInvalid', 'resyncRequired'].map(
        (code) => [status, code] as const,
      ),
    ),
  )('answered %i with %s is the end of its token', async (status, code) => {
    const { provider } = answering(outlook, () => json({ error: { code, message: '' } }, status));
    const outcome = provider.listChanges(call, position);
    await expect(outcome).rejects.toMatchObject({ kind: 'sync-token-expired' });
  });

  test('answered 410 is the end of its token, whatever is said', async () => {
    const { provider } = answering(outlook, () => ({ status: 410, body: '<html>' }));
    const outcome = provider.listChanges(call, position);
    await expect(outcome).rejects.toMatchObject({ kind: 'sync-token-expired' });
  });

  test('is not asked for where a link leads astray', async () => {
    for (const name of ['@odata.nextLink', '@odata.deltaLink']) {
      const page = json({ value: [], [name]: 'https://elsewhere.example/v1.0/me' });
      const { provider } = answering(outlook, () => page);
      const outcome = provider.listChanges(call, position);
      await expect(outcome).rejects.toMatchObject({ kind: 'malformed-answer' });
    }
    const { provider, requests } = answering(outlook, () => json(forms.outlook.toPage([])));
    const pageToken = 'https://elsewhere.example/v1.0/me';
    await expect(provider.listChanges(call, { ...position, pageToken })).rejects.toThrow();
    expect(requests).toEqual([]);
  });

  test('wants the same of every page', async () => {
    const { provider, requests } = answering(outlook, () => json(forms.outlook.toPage([])));
    const pageToken = `${outlook.config.apiUrl}/me/calendarView/delta?$skiptoken=abc`;
    await provider.listChanges(call, position);
    await provider.listChanges(call, { ...position, pageToken });
    const [first, second] = requests.map(({ headers }) => headers?.prefer);
    expect(first).toContain('odata.maxpagesize=500');
    expect(first).toContain('IdType="ImmutableId"');
    expect(second).toBe(first);
  });
});

test('google: a copy of somebody else’s meeting cannot be edited, its organizer’s can', async () => {
  const desk = await openDesk(google);
  const { provider, ask } = desk;
  const { json: made } = await ask('POST', google.eventsPath(desk.call.calendarId), {
    summary: 'Both',
    start: googleEvent.start,
    end: googleEvent.end,
    attendees: [{ email: 'Ben@northwind.sandbox' }],
  });
  const own = await provider.findEvent(desk.call, String(made.id));
  expect(own).toMatchObject({
    canEdit: true,
    fields: { attendees: [{ email: 'ben@northwind.sandbox' }] },
  });
  const ben = 'ben@northwind.sandbox';
  const accessToken = desk.sandbox.issueToken({ provider: 'google', email: ben });
  const copy = await provider.findEvent({ accessToken, calendarId: ben }, String(made.id));
  expect(copy).toMatchObject({ canEdit: false, organizer: google.email });
});
