import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { findIanaZone } from '../../../src/calendar/windows-zones.ts';
import { type Field, type Mailbox, providers, type Slug, startField } from '../../support/field.ts';
import {
  listHere,
  listThere,
  renameHere,
  type SeriesWindow,
  takeInAll,
  toLines,
  toWall,
} from '../../support/series-views.ts';
import type { Person } from '../../support/stack.ts';

/** A resource in its provider's own words. */
type Raw = Record<string, unknown>;

/** A series as a calendar told it once, with what was told of single occurrences. */
interface Recording {
  name: string;
  series: Raw;
  exceptions: Raw[];
}

const own: Record<Slug, Recording[]> = {
  google: [
    {
      name: 'daily until a day, with one moved, one renamed and one cancelled',
      series: {
        id: 'daily',
        summary: 'Porridge',
        start: { dateTime: '2026-10-27T07:30:00-04:00', timeZone: 'America/New_York' },
        end: { dateTime: '2026-10-27T08:15:00-04:00', timeZone: 'America/New_York' },
        recurrence: ['RRULE:FREQ=DAILY;UNTIL=20261116T045959Z'],
      },
      exceptions: [
        {
          id: 'daily_20261029T113000Z',
          status: 'confirmed',
          summary: 'Porridge, late',
          originalStartTime: { dateTime: '2026-10-29T07:30:00-04:00' },
          start: { dateTime: '2026-10-29T20:45:00-04:00', timeZone: 'America/New_York' },
          end: { dateTime: '2026-10-29T21:30:00-04:00', timeZone: 'America/New_York' },
        },
        {
          id: 'daily_20261102T123000Z',
          status: 'confirmed',
          summary: 'Porridge, thick',
          originalStartTime: { dateTime: '2026-11-02T07:30:00-05:00' },
          start: { dateTime: '2026-11-02T07:30:00-05:00', timeZone: 'America/New_York' },
          end: { dateTime: '2026-11-02T08:15:00-05:00', timeZone: 'America/New_York' },
        },
        {
          id: 'daily_20261103T123000Z',
          status: 'cancelled',
          originalStartTime: { dateTime: '2026-11-03T07:30:00-05:00' },
        },
      ],
    },
  ],
  outlook: [
    {
      name: 'on two days of the week without an end, with one moved and one cancelled',
      series: {
        id: 'weekly',
        subject: 'Training',
        isAllDay: false,
        start: { dateTime: '2019-09-03T14:30:00.0000000', timeZone: 'UTC' },
        end: { dateTime: '2019-09-03T15:30:00.0000000', timeZone: 'UTC' },
        originalStartTimeZone: 'Eastern Standard Time',
        recurrence: {
          pattern: { type: 'weekly', interval: 1, daysOfWeek: ['tuesday', 'thursday'] },
          range: {
            type: 'noEnd',
            startDate: '2019-09-03',
            recurrenceTimeZone: 'Eastern Standard Time',
          },
        },
      },
      exceptions: [
        {
          id: 'exception',
          type: 'exception',
          subject: 'Training, outside',
          originalStart: '2027-03-16T14:30:00Z',
          start: { dateTime: '2027-03-17T16:00:00.0000000', timeZone: 'UTC' },
          end: { dateTime: '2027-03-17T17:00:00.0000000', timeZone: 'UTC' },
        },
        { id: 'OID.weekly.2027-03-18', type: 'cancelled', originalStart: '2027-03-18T14:30:00Z' },
      ],
    },
  ],
};

const shared = process.env['KALENDS_SHARED'] ?? resolve(import.meta.dirname, '../../../../shared');
const fileOf = (name: string) => resolve(shared, `cases/${name}.json`);
const names = ['google-events', 'google-sync-scenarios', 'graph-events'];
const hasRecordings = names.every((name) => existsSync(fileOf(name)));
const readItems = <Item>(name: string) =>
  (JSON.parse(readFileSync(fileOf(name), 'utf8')) as { items: Item[] }).items;

/** All that were recorded whole, and that a calendar still tells: at Outlook those that go on. */
function readRecordings(): Record<Slug, Recording[]> {
  const scenarios = readItems<{ name: string; payload: { items: Raw[] } }>('google-sync-scenarios');
  const google = scenarios.flatMap(({ name, payload }) => findSeries(name, payload.items));
  const events = readItems<{ n: string; event: Raw; realism: string }>('google-events');
  const recorded = events.filter(({ realism }) => realism === 'recorded');
  // A series that was recorded twice was so in two states.
  const single = recorded.filter(({ event }) => String(event['id']).startsWith('15chil'));
  const graph = readItems<{ n: string; event: Raw }>('graph-events');
  return {
    google: [
      ...google,
      ...findSeries(
        'Lagos',
        single.map(({ event }) => event),
      ),
    ],
    outlook: graph
      .filter(({ event }) => event['type'] === 'seriesMaster')
      .filter(({ event }) => JSON.stringify(event['recurrence']).includes('noEnd'))
      .map(({ n, event }) => ({ name: n, series: event, exceptions: [] })),
  };
}

function findSeries(name: string, events: readonly Raw[]): Recording[] {
  return events
    .filter((event) => event['recurrence'])
    .map((series) => ({
      name: `${name} ${String(series['id'])}`,
      series,
      exceptions: events.filter((event) => event['recurringEventId'] === series['id']),
    }));
}

const recordings: [name: string, of: Record<Slug, Recording[]>, min: Record<Slug, number>][] = [
  ['of our own making', own, { google: 1, outlook: 1 }],
  // They are not part of the project.
  ['recorded (../shared)', hasRecordings ? readRecordings() : own, { google: 14, outlook: 3 }],
];

let field: Field;
beforeAll(async () => {
  field = await startField();
});
afterAll(() => field.stack.stop());
afterEach(() => field.forget());

const DAY_MS = 24 * 60 * 60_000;
interface Moment {
  dateTime: string;
  timeZone: string;
}
const momentOf = (raw: Raw, member: string) => raw[member] as Moment;

/** What the recording promises, worked out from its text alone. */
interface Promised {
  title: string;
  zone: string;
  /** By the clock of the zone. */
  start: string;
  window: SeriesWindow;
  lines: string[];
}

/** These recordings are daily, or on days of the week; a month of each is looked at. */
function promise(provider: Slug, { series, exceptions }: Recording): Promised {
  const title = String(series['summary'] ?? series['subject']);
  const zone = zoneOf(series);
  const start = toWall(momentOf(series, 'start').dateTime, zone);
  const { days, until } = daysOf(series, zone);
  const from = provider === 'google' ? start.slice(0, 10) : '2027-03-01';
  const lines: string[] = [];
  for (let day = 0; day < 35; day++) {
    const date = new Date(Date.parse(from) + day * DAY_MS);
    const wall = `${date.toISOString().slice(0, 10)}${start.slice(10)}`;
    if (wall > until || !days.includes(date.getUTCDay())) continue;
    const told = exceptions.find((each) => toWall(originOf(each), zone) === wall);
    if (!told) lines.push(`${wall} ${title}`);
    else if (told['start']) {
      const moved = toWall(momentOf(told, 'start').dateTime, zone);
      lines.push(`${moved} ${String(told['summary'] ?? told['subject'])}`);
    }
  }
  const at = (days35: number) => new Date(Date.parse(from) + days35 * DAY_MS).toISOString();
  // What was recorded begins in the morning of its zone, or at night in Lagos.
  return { title, zone, start, window: { from: at(0), to: at(34.9) }, lines: lines.sort() };
}

const originOf = (raw: Raw) =>
  String((raw['originalStartTime'] as Moment | undefined)?.dateTime ?? raw['originalStart']);

function zoneOf(series: Raw): string {
  const name = String(series['originalStartTimeZone'] ?? momentOf(series, 'start').timeZone);
  return findIanaZone(name) ?? name;
}

const WEEKDAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];

function daysOf({ recurrence }: Raw, zone: string): { days: number[]; until: string } {
  if (!Array.isArray(recurrence)) {
    const { pattern } = recurrence as { pattern: { daysOfWeek: string[] } };
    return { days: pattern.daysOfWeek.map((name) => WEEKDAYS.indexOf(name)), until: '9999' };
  }
  const rule = /^RRULE:FREQ=DAILY(?:;UNTIL=(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z)?$/.exec(
    String(recurrence[0]),
  );
  if (!rule) throw new Error(`Not read here: ${String(recurrence)}`);
  const [, year, month, day, hour, minute, second] = rule;
  const days = [0, 1, 2, 3, 4, 5, 6];
  if (!year) return { days, until: '9999' };
  return { days, until: toWall(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`, zone) };
}

/** Puts it into a calendar as its owner would, with a guest by whom it is found here. */
async function play(mailbox: Mailbox, { series, exceptions }: Recording, guest: string) {
  const zone = zoneOf(series);
  const at = (told: Raw, member: string) =>
    mailbox.provider === 'google'
      ? momentOf(told, member)
      : { dateTime: toWall(momentOf(told, member).dateTime, zone), timeZone: zone };
  const title = String(series['summary'] ?? series['subject']);
  const { recurrence } = series;
  const raw = { start: at(series, 'start'), end: at(series, 'end'), recurrence };
  const id = await mailbox.there.create({ title, attendees: [guest], raw });
  for (const told of exceptions) {
    const wall = toWall(originOf(told), zone);
    const ms = Date.parse(originOf(told));
    const around = { from: print(ms - DAY_MS), to: print(ms + DAY_MS) };
    const found = await listThere(mailbox, id, around, zone);
    const occurrence = found.find(({ start }) => start === wall);
    if (!occurrence) throw new Error(`There is no occurrence at ${wall}`);
    if (told['start']) {
      const renamed = String(told['summary'] ?? told['subject']);
      const moved = { start: at(told, 'start'), end: at(told, 'end') };
      await mailbox.there.edit(occurrence.id, { title: renamed, raw: moved });
    } else await mailbox.there.remove(occurrence.id);
  }
  return id;
}

const print = (ms: number) => new Date(ms).toISOString();

interface Played {
  promised: Promised;
  id: string;
  leadId: string;
}

async function settle(): Promise<void> {
  for (let round = 0; round < 4; round++) await field.sync();
}

describe.each(recordings)('%s', (name, of, min) => {
  test.skipIf(name.startsWith('recorded') && !hasRecordings).each(providers)(
    '[O1] [O2] series with their exceptions come in from %s, are edited once on each side, and are what was told',
    async (provider) => {
      expect(of[provider].length).toBeGreaterThanOrEqual(min[provider]);
      const person = await field.stack.addPerson({ role: 'admin' });
      await takeInAll(person, 400);
      const mailbox = await field.addMailbox(provider, { person });
      const played: Played[] = [];
      for (const [index, recording] of of[provider].entries()) {
        const email = `guest.${index}@recorded.example`;
        const { id: leadId } = await person.client.send<{ id: string }>('POST', '/api/leads', {
          name: recording.name,
          email,
        });
        const id = await play(mailbox, recording, email);
        played.push({ promised: promise(provider, recording), id, leadId });
      }
      await mailbox.connect();
      await settle();
      await expectAsTold(person, mailbox, played);
      for (const one of played) await editLastTwo(person, mailbox, one);
      await settle();
      await expectAsTold(person, mailbox, played);
    },
    120_000,
  );
});

/** The last but one here and the last there: earlier ones may be exceptions already. */
async function editLastTwo(person: Person, mailbox: Mailbox, one: Played): Promise<void> {
  const { promised, id, leadId } = one;
  const { lines, window, zone, title } = promised;
  const [first = '', second = ''] = lines.slice(-2);
  const here = (await listHere(person, leadId, window)).find(({ start }) =>
    first.startsWith(start),
  );
  const found = await listThere(mailbox, id, window, zone);
  const there = found.find(({ start }) => second.startsWith(start));
  if (!here || !there) throw new Error(`${first} or ${second} is not there`);
  await renameHere(person, here, `${title}, by us`);
  await mailbox.there.edit(there.id, { title: `${title}, by them` });
  const edited = [`${here.start} ${title}, by us`, `${there.start} ${title}, by them`];
  lines.splice(-2, 2, ...edited);
}

async function expectAsTold(
  person: Person,
  mailbox: Mailbox,
  played: readonly Played[],
): Promise<void> {
  for (const { promised, id, leadId } of played) {
    const { lines, window, zone } = promised;
    expect(toLines(await listHere(person, leadId, window)).sort()).toEqual(lines);
    expect(toLines(await listThere(mailbox, id, window, zone)).sort()).toEqual(lines);
  }
  const watch = mailbox.watch();
  for (let round = 0; round < 3; round++) await field.sync();
  expect(watch.writes()).toEqual([]);
}
