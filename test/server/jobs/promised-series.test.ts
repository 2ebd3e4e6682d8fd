import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { corpusSeries, ownSeries, type PromisedSeries } from '../../recurrence/promised-series.ts';
import { type Field, type Mailbox, startField } from '../../support/field.ts';
import {
  listHere,
  listThere,
  renameHere,
  type SeenOccurrence,
  type SeriesWindow,
  takeInAll,
  toLines,
  toWall,
} from '../../support/series-views.ts';
import type { Person } from '../../support/stack.ts';

const HOUR_MS = 60 * 60_000;
const DAY_MS = 24 * HOUR_MS;
/** Calendars refuse to show more at once. */
const SEEN_MS = 1_800 * DAY_MS;
const LENGTH_MS = HOUR_MS / 4;

let field: Field;
beforeAll(async () => {
  field = await startField();
});
afterAll(() => field.stack.stop());
afterEach(() => field.forget());

interface Case {
  promised: PromisedSeries;
  title: string;
  leadId: string;
  /** The time in which both sides are looked at, and the starts that are promised in it. */
  window: SeriesWindow;
  starts: string[];
}

/** A lead for each series, since a list has no end of others. */
async function addCases(person: Person, series: readonly PromisedSeries[]): Promise<Case[]> {
  await takeInAll(person);
  const cases: Case[] = [];
  for (const [index, promised] of series.entries()) {
    const lead = { name: promised.id.slice(0, 200), email: emailOf(index) };
    const { id } = await person.client.send<{ id: string }>('POST', '/api/leads', lead);
    cases.push({ promised, title: `Series ${index}`, leadId: id, ...windowOf(promised) });
  }
  return cases;
}

const emailOf = (index: number) => `guest.${index}@tables.example`;
const msOf = (start: string) => Date.parse(start.length === 10 ? start : `${start}Z`);

/** Up to the last start that is promised; where there are no more of them, well beyond it. */
function windowOf({ starts, start, isWhole }: PromisedSeries): Pick<Case, 'window' | 'starts'> {
  const from = msOf(start) - 2 * DAY_MS;
  const last = msOf(starts.at(-1) ?? start);
  // No zone is further from UTC.
  const reach = isWhole ? 400 * DAY_MS : 14 * HOUR_MS;
  const to = Math.min(last + reach, from + SEEN_MS);
  const print = (ms: number) => new Date(ms).toISOString();
  const seen = starts.filter((each) => msOf(each) < to);
  return { window: { from: print(from), to: print(to) }, starts: seen };
}

/** What ended longer ago than a calendar is read does not come in, nor is shown what is far off. */
function isTakenIn({ start, starts, isWhole }: PromisedSeries): boolean {
  const now = Date.now();
  const isOver = isWhole && msOf(starts.at(-1) ?? start) < now - 3_640 * DAY_MS;
  return !isOver && msOf(start) < now + SEEN_MS;
}

/** How Microsoft reads a day that an island skipped is not known. */
const isOnAllDays = ({ zone }: PromisedSeries) => zone !== 'Pacific/Apia';

function timesOf({ start, zone }: PromisedSeries) {
  const end = new Date(msOf(start) + (zone ? LENGTH_MS : DAY_MS)).toISOString();
  return zone
    ? { start, end: end.slice(0, 19), time_zone: zone }
    : { start, end: end.slice(0, 10) };
}

/** What the table promises, with the second edited here and the third there. */
function promisedLines({ starts, title }: Case, isEdited: boolean): string[] {
  const titles = isEdited ? ['', `${title}, by us`, `${title}, by them`] : [];
  return starts.map((start, index) => `${start} ${titles[index] || title}`);
}

async function editOnBothSides(person: Person, mailbox: Mailbox, one: Case, ids: string[]) {
  const [, second] = await listHere(person, one.leadId, one.window);
  if (second) await renameHere(person, second, `${one.title}, by us`);
  const [, , third] = await listAllThere(mailbox, ids, one);
  if (third) await mailbox.there.edit(third.id, { title: `${one.title}, by them` });
}

async function listAllThere(mailbox: Mailbox, ids: string[], { window, promised }: Case) {
  const found: SeenOccurrence[] = [];
  for (const id of ids) found.push(...(await listThere(mailbox, id, window, promised.zone)));
  return found.sort((a, b) => (a.start < b.start ? -1 : 1));
}

async function settle(): Promise<void> {
  for (let round = 0; round < 4; round++) await field.sync();
}

const hasCorpus = corpusSeries.length > 0;
const tables: [name: string, series: PromisedSeries[], min: number][] = [
  ['our own table', ownSeries, 12],
  // It is not part of the project.
  ['the corpus of other projects (../shared)', corpusSeries, 90],
];

describe.each(tables)('%s', (_name, series, min) => {
  test.skipIf(series === corpusSeries && !hasCorpus)(
    '[Z1] [O2] made at Google, each comes in, is edited once on each side, and is what is promised',
    async () => {
      const person = await field.stack.addPerson({ role: 'admin' });
      const mailbox = await field.addMailbox('google', { person });
      const cases = await addCases(person, series.filter(isTakenIn));
      expect(cases.length).toBeGreaterThanOrEqual(min);
      const ids = new Map<Case, string[]>();
      for (const [index, one] of cases.entries()) {
        const { start, end, time_zone: timeZone } = timesOf(one.promised);
        const at = (text: string) => (timeZone ? { dateTime: text, timeZone } : { date: text });
        const id = await mailbox.there.create({
          title: one.title,
          attendees: [emailOf(index)],
          raw: { start: at(start), end: at(end), recurrence: one.promised.lines },
        });
        ids.set(one, [id]);
      }
      await mailbox.connect();
      await settle();
      await expectAsPromised(person, mailbox, ids, false);
      for (const [one, those] of ids) await editOnBothSides(person, mailbox, one, those);
      await settle();
      await expectAsPromised(person, mailbox, ids, true);
    },
    180_000,
  );

  test.skipIf(series === corpusSeries && !hasCorpus)(
    '[Z1] [O2] [O13] [Z8] made here, each goes to Outlook, is edited once on each side, and is what is promised',
    async () => {
      const person = await field.stack.addPerson({ role: 'admin' });
      const cases = await addCases(person, series.filter(isOnAllDays));
      const mailbox = await field.addConnected('outlook', { person });
      const made = new Map<Case, string>();
      for (const one of cases) {
        const { id } = await person.client.send<{ id: string }>('POST', '/api/activities', {
          lead_id: one.leadId,
          title: one.title,
          ...timesOf(one.promised),
          recurrence: toRules(one.promised),
        });
        made.set(one, id);
      }
      await settle();
      const ids = new Map<Case, string[]>();
      for (const [one, id] of made) {
        const { copies } = await person.client.get<{ copies: Copy[] }>(`/api/activities/${id}`);
        const [copy] = copies;
        if (copy?.state !== 'synced') {
          expect(copy).toMatchObject({ state: 'refused', reason: expect.stringMatching(/./) });
          continue;
        }
        const items = await listItemsOf(mailbox, one);
        const isSeries = items.length > 0 && items.every(({ type }) => type === 'seriesMaster');
        if (isSeries)
          ids.set(
            one,
            items.map(({ id: there }) => there),
          );
        else expectComingYear(one, items);
      }
      expect(ids.size).toBeGreaterThanOrEqual(min / 4);
      for (const [one, those] of ids) await editOnBothSides(person, mailbox, one, those);
      await settle();
      await expectAsPromised(person, mailbox, ids, true);
    },
    180_000,
  );
});

interface Copy {
  state: string;
  reason: string | null;
}

interface Item {
  id: string;
  type: string;
  isAllDay: boolean;
  start: { dateTime: string };
}

/** What Outlook holds of it: one series, several (SPEC O12), or a single event for each coming date (O13). */
async function listItemsOf({ there }: Mailbox, { title }: Case): Promise<Item[]> {
  const filter = encodeURIComponent(`subject eq '${title}'`);
  const path = `/v1.0/me/events?$top=900&$filter=${filter}`;
  return ((await there.call('GET', path)) as { value: Item[] }).value;
}

/** Of the dates that are promised those of the coming year, or the first one after that. */
function expectComingYear({ promised }: Case, items: readonly Item[]): void {
  const { starts, zone, isWhole } = promised;
  const there = items
    .map(({ start: { dateTime } }) => (zone ? toWall(dateTime, zone) : dateTime.slice(0, 10)))
    .sort();
  const now = Date.now();
  const isIn = (start: string, from: number, until: number) =>
    msOf(start) > now + from * DAY_MS && msOf(start) < now + until * DAY_MS;
  // A day before and after: the clocks of the zones differ.
  const coming = starts.filter((start) => isIn(start, 1, 364));
  const later = starts.filter((start) => isIn(start, 366, Infinity)).slice(0, 1);
  const isNext = coming.length === 0 && there.length === 1;
  const about = `${promised.id} ${promised.lines.join(' ')}`;
  expect(there, about).toEqual(expect.arrayContaining(coming));
  const last = starts.at(-1) ?? '';
  const unpromised = there.filter((start) => !starts.includes(start) && (isWhole || start <= last));
  expect(unpromised, about).toEqual([]);
  expect(
    items.map(({ type }) => type),
    about,
  ).toEqual(items.map(() => 'singleInstance'));
  const isNear = (start: string) => isIn(start, -1, 366) || (isNext && later.includes(start));
  if (isWhole)
    expect(
      there.filter((start) => !isNear(start)),
      about,
    ).toEqual([]);
  if (isWhole && coming.length === 0 && later.length > 0) expect(there, about).toHaveLength(1);
}

/** Lines as the API has them. */
function toRules({ lines, zone }: PromisedSeries) {
  const rules = (name: string) =>
    lines.filter((line) => line.startsWith(`${name}:`)).map((line) => line.slice(name.length + 1));
  const dates = (name: string) =>
    lines
      .filter((line) => line.startsWith(name))
      .flatMap((line) => {
        const [head = '', values = ''] = line.split(':');
        const from = /TZID=([^;:]+)/.exec(head)?.[1] ?? 'UTC';
        return values.split(',').map((value) => toStart(value, from, zone));
      });
  return {
    rules: rules('RRULE'),
    exrules: rules('EXRULE'),
    rdates: dates('RDATE'),
    exdates: dates('EXDATE'),
  };
}

/** `20260615T030000` on the clock of one zone, on that of the series. */
function toStart(compact: string, from: string, zone: string | null): string {
  const date = compact.replace(/^(\d{4})(\d\d)(\d\d).*$/, '$1-$2-$3');
  if (zone === null) return date;
  const guess = Date.parse(
    `${date}${compact.slice(8).replace(/(\d\d)(\d\d)(\d\d)Z?$/, '$1:$2:$3')}Z`,
  );
  const shown = Date.parse(`${toWall(new Date(guess).toISOString(), from)}Z`);
  return toWall(new Date(2 * guess - shown).toISOString(), zone);
}

/** On both sides each is what its table promises, and nothing more is written. */
async function expectAsPromised(
  person: Person,
  mailbox: Mailbox,
  ids: ReadonlyMap<Case, string[]>,
  isEdited: boolean,
): Promise<void> {
  const wrong: Record<string, unknown> = {};
  for (const [one, those] of ids) {
    const { lines, start } = one.promised;
    const expected = promisedLines(one, isEdited);
    const here = toLines(await listHere(person, one.leadId, one.window));
    const there = toLines(await listAllThere(mailbox, those, one));
    if (String(here) === String(expected) && String(there) === String(expected)) continue;
    wrong[one.promised.id] = { start, lines, expected, here, there };
  }
  expect(wrong).toEqual({});
  const watch = mailbox.watch();
  for (let round = 0; round < 3; round++) await field.sync();
  expect(watch.writes()).toEqual([]);
}
