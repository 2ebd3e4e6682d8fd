import * as fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { describe, expect, test } from 'vitest';
import {
  type EventFields,
  showAsValues,
  visibilities,
  type When,
} from '../../src/calendar/event.ts';
import { toHeldForm } from '../../src/sync/hold.ts';
import { holiday, lunch, openDesk, subjects, silently } from './subjects.ts';

/** Start and end on the time line; a time in a gap moves forward by it, of two the first counts. */
function toInstants(when: When): string[] {
  if (when.kind === 'all-day') return [when.startDate, when.endDate];
  return [when.start, when.end].map((wall) =>
    Temporal.PlainDateTime.from(wall).toZonedDateTime(when.timeZone).toInstant().toString(),
  );
}

const timedAt = (start: string, end: string, timeZone: string): When => ({
  kind: 'timed',
  start,
  end,
  timeZone,
});

describe.each(subjects)('$name: the time of an event', (subject) => {
  const isGoogle = subject.name === 'google';

  test('[F23] [Z12] is the same date for an all-day event of one day and of three, whatever zone the account is in', async () => {
    const { sandbox, provider, newLinkId } = await openDesk(subject);
    for (const timeZone of Intl.supportedValuesOf('timeZone')) {
      const email = `${timeZone.replaceAll(/\W/g, '.').toLowerCase()}@zones.sandbox`;
      const account = { provider: subject.name, email, timeZone, kind: 'work' as const };
      sandbox.addAccount(account);
      const accessToken = sandbox.issueToken({ provider: subject.name, email });
      const [calendar] = await provider.listCalendars(accessToken);
      const call = { accessToken, calendarId: calendar?.externalId ?? '' };
      for (const endDate of ['2026-12-25', '2026-12-27']) {
        const when: When = { kind: 'all-day', startDate: '2026-12-24', endDate };
        const created = await provider.createEvent(call, newLinkId(), { ...lunch, when }, silently);
        expect([timeZone, created.fields.when]).toEqual([timeZone, when]);
        const found = await provider.findEvent(call, created.externalId);
        expect([timeZone, found?.fields.when]).toEqual([timeZone, when]);
      }
    }
  }, 60_000);

  test('[Z11] keeps its instants in every zone, in summer and in winter', async () => {
    let now = Date.UTC(2026, 11, 1);
    const runtime = { now: () => now };
    const { provider, call, newLinkId } = await openDesk(subject, { sandbox: { runtime } });
    for (const timeZone of Intl.supportedValuesOf('timeZone')) {
      for (const date of ['2027-01-15', '2027-07-15']) {
        // Ten writes in a second are what a person may do.
        now += 150;
        const when = timedAt(`${date}T09:00:00`, `${date}T10:30:00`, timeZone);
        const { fields, warnings } = await provider.createEvent(
          call,
          newLinkId(),
          {
            ...lunch,
            when,
          },
          silently,
        );
        expect([timeZone, toInstants(fields.when)]).toEqual([timeZone, toInstants(when)]);
        expect(warnings).toEqual([]);
        if (isGoogle) expect(fields.when).toEqual(when);
      }
    }
  }, 60_000);

  test.each(['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Tokyo', 'UTC'])(
    'keeps its wall time and its zone in %s, on all sides of a change of the clocks',
    async (timeZone) => {
      const { provider, call, newLinkId } = await openDesk(subject);
      for (const date of ['2027-03-14', '2027-03-28', '2027-04-04', '2027-10-03', '2027-10-31']) {
        for (const [start, end] of [
          ['00:30:00', '00:45:00'],
          ['09:00:00', '17:00:00'],
          ['23:30:00', '23:59:59'],
        ]) {
          const when = timedAt(`${date}T${start}`, `${date}T${end}`, timeZone);
          const { fields } = await provider.createEvent(
            call,
            newLinkId(),
            { ...lunch, when },
            silently,
          );
          expect(fields.when).toEqual(when);
        }
      }
    },
  );

  test.each([
    ['02:30:00', '04:00:00', '03:30:00', '04:00:00'],
    ['02:30:00', '03:00:00', '03:30:00', '04:00:00'],
    ['02:15:00', '02:45:00', '03:15:00', '03:45:00'],
    ['01:30:00', '02:30:00', '01:30:00', '03:30:00'],
  ])('from %s to %s, which the clocks skip, is from %s to %s', async (from, to, start, end) => {
    const { provider, call, newLinkId } = await openDesk(subject);
    const onDay = (first: string, last: string) =>
      timedAt(`2027-03-28T${first}`, `2027-03-28T${last}`, 'Europe/Berlin');
    const when = onDay(from, to);
    const { fields } = await provider.createEvent(call, newLinkId(), { ...lunch, when }, silently);
    expect(fields.when).toEqual(onDay(start, end));
  });

  test('that cannot be is refused, and only that event', async () => {
    const { provider, call, newLinkId } = await openDesk(subject);
    for (const when of [
      timedAt('2027-03-28T10:00:00', '2027-03-28T09:00:00', 'Europe/Berlin'),
      timedAt('2027-03-28T10:00:00', '2027-03-28T11:00:00', 'Mars/Olympus'),
      timedAt('2027-02-30T10:00:00', '2027-03-28T11:00:00', 'Europe/Berlin'),
    ]) {
      await expect(
        provider.createEvent(call, newLinkId(), { ...lunch, when }, silently),
      ).rejects.toMatchObject({ kind: 'refused' });
    }
  });

  test('that the clocks repeat is the first of the two', async () => {
    const { provider, call, newLinkId, ask } = await openDesk(subject);
    const when = timedAt('2027-10-31T02:30:00', '2027-10-31T04:00:00', 'Europe/Berlin');
    const created = await provider.createEvent(call, newLinkId(), { ...lunch, when }, silently);
    expect(created.fields.when).toEqual(when);
    const path = `${subject.eventsPath(call.calendarId)}/${created.externalId}`;
    const { json } = await ask('GET', path);
    const { dateTime } = json.start as { dateTime: string };
    const instant = Temporal.Instant.from(isGoogle ? dateTime : `${dateTime}Z`).toString();
    expect(instant).toBe('2027-10-31T00:30:00Z');
  });

  test('survives the way there and back, with everything else', async () => {
    const { provider, call, newLinkId } = await openDesk(subject);
    await fc.assert(
      fc.asyncProperty(anyFields, async (fields) => {
        const created = await provider.createEvent(call, newLinkId(), fields, silently);
        // The planner narrows in the same way, or it would see a change in every answer.
        expect(created.fields).toEqual(toHeldForm(fields, provider.capabilities));
      }),
      { numRuns: 150 },
    );
  });
});

/** Text without white space at the edges, which providers trim. */
const anyLine = fc
  .string({ unit: 'grapheme', maxLength: 40 })
  .map((text) => text.replaceAll(/[\s\p{C}\u00a0]+/gu, ' ').trim());
const anyText = fc.array(anyLine, { maxLength: 5 }).map((lines) => lines.join('\n').trim());

const anyWhen: fc.Arbitrary<When> = fc.oneof(
  fc
    .record({
      minute: fc.integer({ min: 0, max: 60 * 24 * 365 * 3 }),
      lengthMinutes: fc.integer({ min: 0, max: 60 * 24 * 3 }),
      timeZone: fc.constantFrom('Europe/Berlin', 'America/New_York', 'Asia/Tokyo', 'UTC'),
    })
    .map(({ minute, lengthMinutes, timeZone }) => {
      const start = Temporal.Instant.from('2026-01-01T00:00:00Z')
        .add({ minutes: minute })
        .toZonedDateTimeISO(timeZone);
      const end = start.add({ minutes: lengthMinutes });
      const [from, to] = [start, end].map((one) =>
        one.toPlainDateTime().toString({ smallestUnit: 'second' }),
      );
      return timedAt(from ?? '', to ?? '', timeZone);
    })
    // Of a repeated hour only the first can be said in wall time.
    .filter((when) => {
      const [from, to] = toInstants(when);
      return from !== undefined && to !== undefined && from <= to;
    }),
  fc
    .record({
      day: fc.integer({ min: 0, max: 1000 }),
      lengthDays: fc.integer({ min: 1, max: 30 }),
    })
    .map(({ day, lengthDays }) => {
      const start = Temporal.PlainDate.from('2026-01-01').add({ days: day });
      const end = start.add({ days: lengthDays });
      return { kind: 'all-day' as const, startDate: `${start}`, endDate: `${end}` };
    }),
);

const anyFields: fc.Arbitrary<EventFields> = fc.record({
  title: anyLine,
  description: anyText,
  location: anyLine,
  when: fc.oneof(anyWhen, fc.constant(holiday)),
  recurrence: fc.constant(null),
  visibility: fc.constantFrom(...visibilities),
  showAs: fc.constantFrom(...showAsValues),
  attendees: fc.constant([]),
});
