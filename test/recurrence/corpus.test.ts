import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { expandRule } from '../../src/calendar/expand-rule.ts';
import { listOccurrences } from '../../src/calendar/occurrences.ts';
import { parseRecurrence, RecurrenceError, type Series } from '../../src/calendar/recurrence.ts';
import { parseRule } from '../../src/calendar/rule.ts';

interface CorpusCase {
  id: string;
  dtstart: { kind: 'tzid' | 'floating' | 'date'; value: string; tz?: string };
  rrule: string;
  rdate: string[];
  exdate: string[];
  expected: string[];
  complete: boolean;
  undisputed: boolean;
  /** Whether whoever wrote the case counts the start as an occurrence where the rule does not hit it. */
  dtstartInExpected: boolean;
  startAt?: string;
  window?: [string, string];
}

const shared = process.env.KALENDS_SHARED ?? resolve(import.meta.dirname, '../../../shared');
const corpusFile = resolve(shared, 'cases/rrule-corpus.json');
const cases = existsSync(corpusFile)
  ? (JSON.parse(readFileSync(corpusFile, 'utf8')) as { cases: CorpusCase[] }).cases
  : [];
const undisputed = cases.filter((each) => each.undisputed);

/** Undisputed to have no occurrences: the number is out of range, and we refuse the rule. */
const outOfRange = ['sabre-vobject-044', 'sabre-vobject-054'];

describe.skipIf(cases.length === 0)('the corpus of other projects (../shared)', () => {
  test('there are enough cases to mean something', () => {
    expect(undisputed.length).toBeGreaterThan(150);
  });

  test.for(undisputed.filter(({ id }) => !outOfRange.includes(id)))(
    '[Z1] $id $rrule',
    (each: CorpusCase) => {
      const whole = list(toSeries(each), each);
      if (each.dtstartInExpected) return expect(whole).toEqual(expectedOf(each));
      // Nothing but the start comes to what the corpus has, and it takes one of COUNT.
      expect(listByRule(each)).toEqual(expectedOf(each));
      const own = each.dtstart.value;
      const rest = whole.filter((start) => start !== own);
      const isLeftOut = each.exdate.includes(own);
      const isInSight = !isLeftOut && !each.startAt && (!each.window || own >= each.window[0]);
      if (isInSight) expect(whole[0]).toBe(own);
      expect(expectedOf(each).slice(0, rest.length)).toEqual(rest.slice(0, each.expected.length));
    },
  );

  test('a number that is out of range is refused', () => {
    for (const id of outOfRange) {
      expect(() => toSeries(cases.find((each) => each.id === id)!)).toThrow(RecurrenceError);
    }
  });
});

/** What docs/recurrence-verdicts.md says of each disputed case: the starts that we show. */
const verdicts: Record<string, string[] | 'as the corpus' | 'refused'> = {
  'rust-rrule-037': 'as the corpus',
  'sabre-vobject-010': 'as the corpus',
  'sabre-vobject-014': 'as the corpus',
  'sabre-vobject-015': [
    '2023-03-11T02:00:00',
    '2023-03-11T14:00:00',
    '2023-03-12T02:00:00',
    '2023-03-12T14:00:00',
    '2023-03-25T02:00:00',
    '2023-03-25T14:00:00',
    '2023-03-26T03:00:00',
    '2023-03-26T14:00:00',
    '2023-04-08T02:00:00',
  ],
  'sabre-vobject-019': 'as the corpus',
  'sabre-vobject-022': 'as the corpus',
  'sabre-vobject-023': 'as the corpus',
  'sabre-vobject-031': 'refused',
  'sabre-vobject-032': 'refused',
  'sabre-vobject-038': 'as the corpus',
  'sabre-vobject-042': [2001, 2004, 2008, 2012, 2016, 2020, 2024, 2028].map(
    (year) => `${year}-01-01T14:53:11`,
  ),
  'sabre-vobject-050': ['2011-09-02', '2012-08-14', '2012-08-17', '2013-08-13', '2013-08-16'].map(
    (date) => `${date}T00:00:00`,
  ),
  'sabre-vobject-052': ['16', '17', '18', '19', '20', '21', '22'].map(
    (day) => `2011-05-${day}T00:00:00`,
  ),
  'sabre-vobject-062': ['2014-08-02T00:15:00', '2015-01-01T00:01:01'],
  'sabre-vobject-064': 'as the corpus',
  'sabre-vobject-070': 'as the corpus',
  'sabre-vobject-087': 'as the corpus',
};

describe.skipIf(cases.length === 0)('the disputed cases', () => {
  const disputed = cases.filter((each) => !each.undisputed);

  test('each has a verdict', () => {
    expect(disputed.map(({ id }) => id).sort()).toEqual(Object.keys(verdicts).sort());
  });

  test.for(disputed)('$id $rrule', (each) => {
    const verdict = verdicts[each.id];
    if (verdict === 'refused') return expect(() => toSeries(each)).toThrow(RecurrenceError);
    const expected = verdict === 'as the corpus' ? expectedOf(each) : verdict;
    const listed = list(toSeries(each), {
      ...each,
      complete: each.complete,
      expected: expected ?? [],
    });
    expect(listed).toEqual(expected);
  });
});

function toSeries({ dtstart, rrule, rdate, exdate }: CorpusCase): Series {
  const { kind, value, tz = 'UTC' } = dtstart;
  const when =
    kind === 'date'
      ? { kind: 'all-day' as const, startDate: value, endDate: value }
      : { kind: 'timed' as const, start: value, end: value, timeZone: tz };
  const compact = (texts: string[]) =>
    texts.map((text) => text.slice(0, 19).replaceAll(/[-:]/g, '')).join();
  const lines = [`RRULE:${rrule}`];
  if (rdate.length > 0) lines.push(`RDATE:${compact(rdate)}`);
  if (exdate.length > 0) lines.push(`EXDATE:${compact(exdate)}`);
  return { when, recurrence: parseRecurrence(lines, when) };
}

function list(series: Series, { startAt, window, complete, expected }: CorpusCase): string[] {
  const [from, until] = window ?? [startAt ?? '1900-01-01', '9999-12-31'];
  const max = complete ? 2_000 : expected.length;
  const range = { from: new Date(toUtc(from)), until: new Date(toUtc(until)) };
  return listOccurrences(series, range, max).map(({ when }) =>
    when.kind === 'all-day' ? when.startDate : when.start,
  );
}

const toUtc = (text: string) => (text.length > 10 ? `${text}Z` : `${text}T00:00:00Z`);

const expectedOf = ({ expected }: CorpusCase) => expected.map((text) => text.slice(0, 19));

/** The rule alone, without the start as an occurrence. */
function listByRule(each: CorpusCase): string[] {
  const { dtstart, rrule, complete, expected, startAt, window } = each;
  const rule = parseRule(rrule);
  const isDate = dtstart.kind === 'date';
  const until = rule.until ? /^(\d{4})(\d\d)(\d\d)T?(\d\d)?(\d\d)?(\d\d)?/.exec(rule.until) : null;
  const last = until
    ? `${until.slice(1, 4).join('-')}T${until
        .slice(4)
        .map((part) => part ?? '00')
        .join(':')}`
    : '9999';
  const found: string[] = [];
  const start = Date.parse(toUtc(dtstart.value)) / 1000;
  for (const wall of expandRule(rule, start, { isStartCounted: false })) {
    const text = new Date(wall * 1000).toISOString().slice(0, 19);
    if (text > last || (!complete && found.length >= expected.length)) break;
    if (window && text >= window[1]) break;
    if (text < (startAt ?? window?.[0] ?? '')) continue;
    found.push(isDate ? text.slice(0, 10) : text);
    if (found.length > 2_000) break;
  }
  return found;
}
