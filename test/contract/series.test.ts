import { describe, expect, test } from 'vitest';
import type { Attendee, EventFields, When } from '../../src/calendar/event.ts';
import { isSameRecurrence } from '../../src/calendar/same-recurrence.ts';
import type { Provider, RemoteEvent, RemoteException } from '../../src/providers/provider.ts';
import { NetworkError } from '../../src/runtime.ts';
import { createSandboxRuntime } from '../support/sandbox-runtime.ts';
import { readRound } from './rounds.ts';
import { type Desk, holiday, openDesk, series, silently, subjects, tuesdays } from './subjects.ts';

const allDay = series(['RRULE:FREQ=WEEKLY;BYDAY=TH;COUNT=5'], holiday);
const noon = (date: string) => new Date(`${date}T11:00:00Z`);

const make = (desk: Desk, fields: EventFields) =>
  desk.provider.createEvent(desk.call, desk.newLinkId(), fields, silently);
const find = async ({ provider, call }: Desk, seriesId: string, originalStart: Date | string) => {
  const found = await provider.findOccurrence(call, { seriesId, originalStart });
  if (!found) throw new Error('there is no such occurrence');
  return found;
};
const patch = (desk: Desk, { externalId, etag }: RemoteEvent, changes: Partial<EventFields>) =>
  desk.provider.updateEvent(desk.call, externalId, etag, changes, silently);

/** What the feed tells of exceptions since a token, with series read whole where it says so. */
async function learn(desk: Desk, provider: Provider, syncToken: string) {
  const { changes } = await readRound(provider, desk, syncToken);
  const exceptions: RemoteException[] = [];
  for (const change of changes) {
    if (change.kind === 'series') {
      const whole = await provider.findSeries(desk.call, change.externalId);
      exceptions.push(...(whole?.exceptions ?? []));
    } else if (change.kind === 'cancelled-occurrence') {
      exceptions.push({ kind: 'cancelled', slot: change.slot });
    } else if (change.kind === 'event' && change.event.slot) {
      exceptions.push({ kind: 'changed', event: { ...change.event, slot: change.event.slot } });
    }
  }
  return exceptions;
}

/** By date, in which the two providers agree. */
const summarize = (exceptions: readonly RemoteException[] | null | undefined) =>
  (exceptions ?? [])
    .map((one) => {
      const { originalStart: at } = one.kind === 'changed' ? one.event.slot : one.slot;
      const date = typeof at === 'string' ? at : at.toISOString().slice(0, 10);
      return `${date} ${one.kind === 'changed' ? one.event.fields.title : 'cancelled'}`;
    })
    .sort();

describe.each(subjects)('$name: a series', (subject) => {
  test.each([
    ['every Tuesday, five times', tuesdays],
    ['every second Monday, for ever', series(['RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TU'])],
    ['on the first of each month', series(['RRULE:FREQ=MONTHLY;BYMONTHDAY=1'])],
    ['on the first Tuesday of December', series(['RRULE:FREQ=YEARLY;BYMONTH=12;BYDAY=1TU'])],
    ['daily until a day', series(['RRULE:FREQ=DAILY;UNTIL=20261224T110000Z'])],
    ['all day, every Thursday', allDay],
  ])('%s is written and read back', async (_name, fields) => {
    const desk = await openDesk(subject);
    const { provider, call } = desk;
    const made = await make(desk, fields);
    expect(made).toMatchObject({ slot: null, warnings: [], canEdit: true });
    const { recurrence, ...others } = made.fields;
    if (!recurrence || !fields.recurrence) throw new Error('it is no series');
    expect({ ...others, recurrence: null }).toEqual({ ...fields, recurrence: null });
    expect(
      isSameRecurrence(
        { when: others.when, recurrence },
        { when: fields.when, recurrence: fields.recurrence },
      ),
    ).toBe(true);
    expect(await provider.findEvent(call, made.externalId)).toEqual(made);
    expect(await provider.findSeries(call, made.externalId)).toEqual({ ...made, exceptions: [] });
  });

  test('[F8] whose create was not answered is found by its link', async () => {
    const desk = await openDesk(subject);
    const { sandbox, provider, call, newLinkId } = desk;
    const { send } = createSandboxRuntime(sandbox);
    const losing = subject.create(
      subject.config,
      createSandboxRuntime(sandbox, {
        async send(request) {
          await send(request);
          throw new NetworkError('the connection was reset');
        },
      }),
    );
    const linkId = newLinkId();
    const outcome = losing.createEvent(call, linkId, tuesdays, silently);
    await expect(outcome).rejects.toMatchObject({ kind: 'unavailable' });
    const found = await provider.findEventOfLink(call, linkId);
    expect(found).toMatchObject({ linkId, fields: tuesdays, slot: null });
  });

  test('keeps its wall clock when the clocks change', async () => {
    const when: When = {
      kind: 'timed',
      start: '2026-10-20T09:00:00',
      end: '2026-10-20T10:30:00',
      timeZone: 'Europe/Berlin',
    };
    const desk = await openDesk(subject);
    const made = await make(desk, series(['RRULE:FREQ=WEEKLY;COUNT=40'], when));
    expect(made.fields.when).toEqual(when);
    const id = made.externalId;
    for (const [at, date] of [
      ['2026-10-20T07:00:00Z', '2026-10-20'],
      ['2026-10-27T08:00:00Z', '2026-10-27'],
      ['2027-03-23T08:00:00Z', '2027-03-23'],
      ['2027-03-30T07:00:00Z', '2027-03-30'],
    ] as const) {
      const { fields } = await find(desk, id, new Date(at));
      const [start, end] = [`${date}T09:00:00`, `${date}T10:30:00`];
      expect(fields.when).toEqual({ ...when, start, end });
    }
    // It is read in summer as it was in winter.
    desk.sandbox.clockOffsetMs += 200 * 24 * 60 * 60 * 1000;
    const accessToken = desk.sandbox.issueToken({ provider: subject.name, email: subject.email });
    const later = await desk.provider.findEvent({ ...desk.call, accessToken }, id);
    expect(later?.fields).toEqual(made.fields);
  });

  test('that would begin where the clocks skip its time is refused', async () => {
    const [start, end] = ['2027-03-28T02:15:00', '2027-03-28T02:45:00'];
    const when: When = { kind: 'timed', start, end, timeZone: 'Europe/Berlin' };
    const desk = await openDesk(subject);
    const outcome = make(desk, series(['RRULE:FREQ=WEEKLY;BYDAY=SU'], when));
    await expect(outcome).rejects.toMatchObject({ kind: 'refused' });
  });

  test('has its occurrences found by where they were meant to be', async () => {
    const desk = await openDesk(subject);
    const { provider, call, newLinkId } = desk;
    const { externalId: seriesId, linkId } = await make(desk, tuesdays);
    expect(linkId).not.toBeNull();
    const slot = { seriesId, originalStart: noon('2026-12-15') };
    const found = await find(desk, seriesId, slot.originalStart);
    expect(found).toMatchObject({
      slot,
      linkId: null,
      exceptions: null,
      fields: { title: 'Again', recurrence: null, when: { start: '2026-12-15T12:00:00' } },
    });
    expect(found.externalId).not.toBe(seriesId);
    expect(await provider.findEvent(call, found.externalId)).toEqual(found);
    for (const originalStart of [noon('2026-12-16'), noon('2027-01-05'), '2027-01-05']) {
      expect(await provider.findOccurrence(call, { seriesId, originalStart })).toBeUndefined();
    }
    const gone = await provider.createEvent(call, newLinkId(), tuesdays, silently);
    await provider.deleteEvent(call, gone.externalId, gone.etag, silently);
    const nowhere = { ...slot, seriesId: gone.externalId };
    expect(await provider.findOccurrence(call, nowhere)).toBeUndefined();
    expect(await provider.findSeries(call, gone.externalId)).toBeUndefined();
  });

  test('[F16] has one occurrence changed, which is told and nothing else', async () => {
    const desk = await openDesk(subject);
    const { provider, call } = desk;
    const { externalId: seriesId } = await make(desk, tuesdays);
    const { syncToken } = await readRound(provider, desk);
    const second = await find(desk, seriesId, noon('2026-12-08'));
    const changed = await patch(desk, second, { title: 'Another' });
    expect(changed).toMatchObject({
      externalId: second.externalId,
      slot: second.slot,
      fields: { ...second.fields, title: 'Another' },
    });
    expect(summarize(await learn(desk, provider, syncToken))).toEqual(['2026-12-08 Another']);
    expect(await find(desk, seriesId, noon('2026-12-08'))).toEqual(changed);
    expect((await find(desk, seriesId, noon('2026-12-15'))).fields.title).toBe('Again');
    expect((await provider.findEvent(call, seriesId))?.fields).toEqual(tuesdays);
  });

  test('has guests and a description of one occurrence alone', async () => {
    const desk = await openDesk(subject);
    const { provider, call } = desk;
    const [ada, ben] = ['ada@example.com', 'ben@example.com'].map((email) => ({
      email,
      name: email.slice(0, 3),
      isOptional: false,
    })) as [Attendee, Attendee];
    const { externalId: seriesId } = await make(desk, { ...tuesdays, attendees: [ada] });
    const second = await find(desk, seriesId, noon('2026-12-08'));
    const changes = { attendees: [ada, ben], description: 'Bring Ben.' };
    const changed = await patch(desk, second, changes);
    expect(changed.fields).toEqual({ ...second.fields, ...changes });
    const whole = await provider.findSeries(call, seriesId);
    expect(whole?.fields).toEqual({ ...tuesdays, attendees: [ada] });
    expect(whole?.exceptions).toEqual([{ kind: 'changed', event: changed }]);
  });

  test('has one occurrence moved, which keeps its place', async () => {
    const desk = await openDesk(subject);
    const { provider } = desk;
    const { externalId: seriesId } = await make(desk, tuesdays);
    const { syncToken } = await readRound(provider, desk);
    const second = await find(desk, seriesId, noon('2026-12-08'));
    const [start, end] = ['2026-12-12T20:00:00', '2026-12-12T22:00:00'];
    const when: When = { kind: 'timed', start, end, timeZone: 'Europe/Berlin' };
    const moved = await patch(desk, second, { when });
    expect(moved).toMatchObject({ slot: second.slot, fields: { when } });
    const [told] = await learn(desk, provider, syncToken);
    expect(told).toEqual({ kind: 'changed', event: moved });
    expect(await find(desk, seriesId, noon('2026-12-08'))).toEqual(moved);
  });

  test('has one occurrence cancelled, which is told and not found', async () => {
    const desk = await openDesk(subject);
    const { provider, call } = desk;
    const { externalId: seriesId } = await make(desk, tuesdays);
    const { syncToken } = await readRound(provider, desk);
    const second = await find(desk, seriesId, noon('2026-12-08'));
    await provider.deleteEvent(call, second.externalId, second.etag, silently);
    await provider.deleteEvent(call, second.externalId, second.etag, silently);
    expect(summarize(await learn(desk, provider, syncToken))).toEqual(['2026-12-08 cancelled']);
    const slot = { seriesId, originalStart: noon('2026-12-08') };
    expect(await provider.findOccurrence(call, slot)).toBeUndefined();
    expect(await provider.findEvent(call, second.externalId)).toBeUndefined();
    expect((await provider.findEvent(call, seriesId))?.fields).toEqual(tuesdays);
  });

  test('gives all its exceptions at once', async () => {
    const desk = await openDesk(subject);
    const { provider, call } = desk;
    await make(desk, tuesdays);
    const { externalId: seriesId } = await make(desk, tuesdays);
    await patch(desk, await find(desk, seriesId, noon('2026-12-08')), { title: 'Two' });
    const third = await find(desk, seriesId, noon('2026-12-15'));
    await provider.deleteEvent(call, third.externalId, third.etag, silently);
    await patch(desk, await find(desk, seriesId, noon('2026-12-29')), { title: 'Five' });
    const whole = await provider.findSeries(call, seriesId);
    expect(whole?.fields).toEqual(tuesdays);
    const expected = ['2026-12-08 Two', '2026-12-15 cancelled', '2026-12-29 Five'];
    expect(summarize(whole?.exceptions)).toEqual(expected);
    for (const one of whole?.exceptions ?? []) {
      if (one.kind === 'changed') {
        const { slot } = one.event;
        expect(await provider.findOccurrence(call, slot)).toEqual(one.event);
      }
    }
  });

  test('of whole days names its occurrences by their dates', async () => {
    const desk = await openDesk(subject);
    const { provider, call } = desk;
    const { externalId: seriesId } = await make(desk, allDay);
    const second = await find(desk, seriesId, '2026-12-31');
    expect(second).toMatchObject({
      slot: { seriesId, originalStart: '2026-12-31' },
      fields: { when: { kind: 'all-day', startDate: '2026-12-31', endDate: '2027-01-03' } },
    });
    const when: When = { kind: 'all-day', startDate: '2027-01-01', endDate: '2027-01-02' };
    await patch(desk, second, { when });
    const third = await find(desk, seriesId, '2027-01-07');
    await provider.deleteEvent(call, third.externalId, third.etag, silently);
    const whole = await provider.findSeries(call, seriesId);
    expect(summarize(whole?.exceptions)).toEqual(['2026-12-31 Again', '2027-01-07 cancelled']);
    expect(await find(desk, seriesId, '2026-12-31')).toMatchObject({ fields: { when } });
    // An occurrence that has times now keeps its place among dates.
    const fourth = await find(desk, seriesId, '2027-01-14');
    const [start, end] = ['2027-01-14T09:00:00', '2027-01-14T10:00:00'];
    const timed: When = { kind: 'timed', start, end, timeZone: 'America/New_York' };
    await patch(desk, fourth, { when: timed });
    const again = await provider.findSeries(call, seriesId);
    expect(summarize(again?.exceptions)).toContain('2027-01-14 Again');
    for (const one of again?.exceptions ?? []) {
      const { originalStart } = one.kind === 'changed' ? one.event.slot : one.slot;
      expect(originalStart).toMatch(/^\d{4}-\d\d-\d\d$/);
    }
    expect(await find(desk, seriesId, '2027-01-14')).toMatchObject({ fields: { when: timed } });
  });

  test('with an occurrence that somebody changed meanwhile has it neither written nor deleted', async () => {
    const desk = await openDesk(subject);
    const { provider, call } = desk;
    const { externalId: seriesId } = await make(desk, tuesdays);
    const second = await find(desk, seriesId, noon('2026-12-08'));
    await patch(desk, second, { title: 'Theirs' });
    const stale = { kind: 'changed-meanwhile' };
    await expect(patch(desk, second, { title: 'Ours' })).rejects.toMatchObject(stale);
    await expect(patch(desk, second, { description: 'Ours' })).rejects.toMatchObject(stale);
    const { externalId, etag } = second;
    await expect(provider.deleteEvent(call, externalId, etag, silently)).rejects.toMatchObject(
      stale,
    );
    expect((await find(desk, seriesId, noon('2026-12-08'))).fields.title).toBe('Theirs');
  });

  test('changes its rule, and keeps what the product does not know of', async () => {
    const desk = await openDesk(subject);
    const { call, ask } = desk;
    const made = await make(desk, tuesdays);
    const path = `${subject.eventsPath(call.calendarId)}/${made.externalId}`;
    await ask('PATCH', path, subject.foreignMember);
    const before = await desk.provider.findEvent(call, made.externalId);
    const [start, end] = ['2026-12-02T15:00:00', '2026-12-02T16:00:00'];
    const when: When = { kind: 'timed', start, end, timeZone: 'America/New_York' };
    const { recurrence } = series(['RRULE:FREQ=WEEKLY;BYDAY=WE,FR;COUNT=6'], when);
    const changed = await patch(desk, before ?? made, { when, recurrence });
    expect(changed).toMatchObject({
      linkId: made.linkId,
      fields: { ...tuesdays, when, recurrence },
    });
    expect((await ask('GET', path)).json).toMatchObject(subject.foreignMember);
    expect(await find(desk, made.externalId, new Date('2026-12-04T20:00:00Z'))).toBeDefined();
  });

  test('becomes a single event, and a single event a series', async () => {
    const desk = await openDesk(subject);
    const { provider, call } = desk;
    const made = await make(desk, tuesdays);
    const { when, recurrence } = tuesdays;
    const single = await patch(desk, made, { when, recurrence: null });
    expect(single.fields).toEqual({ ...tuesdays, recurrence: null });
    const { externalId } = single;
    const nowhere = { seriesId: externalId, originalStart: noon('2026-12-08') };
    expect(await provider.findOccurrence(call, nowhere)).toBeUndefined();
    expect(await provider.findSeries(call, externalId)).toEqual({ ...single, exceptions: [] });
    const again = await patch(desk, single, { when, recurrence });
    expect(again.fields).toEqual(tuesdays);
  });

  test('that is a copy of somebody’s tells no occurrence of another', async () => {
    const desk = await openDesk(subject);
    const other = await make(desk, tuesdays);
    const { externalId: seriesId } = await make(desk, tuesdays);
    await patch(desk, await find(desk, other.externalId, noon('2026-12-08')), {
      title: 'Not mine',
    });
    const whole = await desk.provider.findSeries(desk.call, seriesId);
    expect(whole?.exceptions).toEqual([]);
  });

  test('of a calendar that is out of reach is not taken for deleted', async () => {
    const desk = await openDesk(subject);
    const { provider, call } = desk;
    const { externalId: seriesId } = await make(desk, tuesdays);
    const lost = { ...call, calendarId: call.calendarId.replace(/.{4}(?==*$)/, 'XXXX') };
    const accessLost = { kind: 'access-lost' };
    await expect(provider.findSeries(lost, seriesId)).rejects.toMatchObject(accessLost);
    const slot = { seriesId, originalStart: noon('2026-12-08') };
    await expect(provider.findOccurrence(lost, slot)).rejects.toMatchObject(accessLost);
  });

  test('holds left-out dates as it says', async () => {
    const desk = await openDesk(subject);
    const lines = [
      'RRULE:FREQ=WEEKLY;BYDAY=TU;COUNT=5',
      'EXDATE;TZID=Europe/Berlin:20261208T120000',
    ];
    const { fields } = await make(desk, series(lines));
    const holds = desk.provider.capabilities.canHoldExdates;
    expect(fields.recurrence?.exdates).toEqual(holds ? ['2026-12-08T12:00:00'] : []);
    expect(holds).toBe(subject.name === 'google');
  });
});
