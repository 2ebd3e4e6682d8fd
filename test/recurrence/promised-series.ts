import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { ownCases } from './own-cases.ts';

/** A series as other programs write it, and the starts that a table promises of it. */
export interface PromisedSeries {
  id: string;
  lines: string[];
  start: string;
  /** Null for all-day. */
  zone: string | null;
  /** The first ones, by the clock of the zone. */
  starts: string[];
  /** Whether there are no more. */
  isWhole: boolean;
}

/** As much of a case of the corpus as is taken from it. */
interface CorpusCase {
  id: string;
  freq: string;
  dtstart: { kind: 'tzid' | 'floating' | 'date'; value: string; tz?: string };
  rrule: string;
  rdate: string[];
  exdate: string[];
  expected: string[];
  complete: boolean;
  undisputed: boolean;
  dtstartInExpected: boolean;
  startAt?: string;
  window?: [string, string];
}

const isFinerThanDays = (rule: string) => /FREQ=(SECOND|MINUTE|HOUR)LY/.test(rule);

/** Those of our own tables that a provider takes: it knows nothing finer than days. */
export const ownSeries: PromisedSeries[] = ownCases
  .filter(({ lines }) => !lines.some(isFinerThanDays))
  .map(({ what, lines, start, zone, starts, isWhole = false }) => ({
    id: what,
    lines,
    start,
    zone,
    starts,
    isWhole,
  }));

const shared = process.env['KALENDS_SHARED'] ?? resolve(import.meta.dirname, '../../../shared');
const corpusFile = resolve(shared, 'cases/rrule-corpus.json');

/** Those of the corpus, brought near; none where it is not on this machine. */
export const corpusSeries: PromisedSeries[] = existsSync(corpusFile)
  ? (JSON.parse(readFileSync(corpusFile, 'utf8')) as { cases: CorpusCase[] }).cases
      .filter((each) => each.undisputed && each.expected.length > 0)
      .filter((each) => !each.startAt && !each.window && !isFinerThanDays(`FREQ=${each.freq}`))
      .map(promise)
      .map(bringNear)
      // From 2100 on, weekdays do not come back after 28 years.
      .filter(({ starts, start }) => [start, ...starts].every((each) => each < '2099'))
  : [];

function promise(each: CorpusCase): PromisedSeries {
  const { dtstart, rrule, rdate, exdate, complete, dtstartInExpected } = each;
  const isDate = dtstart.kind === 'date';
  const own = dtstart.value;
  const expected = each.expected.map((start) => start.slice(0, isDate ? 10 : 19));
  const count = Number(/COUNT=(\d+)/.exec(rrule)?.[1] ?? Infinity);
  // The start is the first occurrence for us, and one of COUNT, whether or not the rule hits it.
  const starts = dtstartInExpected
    ? expected
    : [...(exdate.includes(own) ? [] : [own]), ...expected.slice(0, count - 1)];
  const compact = (texts: string[]) => texts.map((text) => toCompact(text.slice(0, 19))).join();
  const zone = isDate ? null : (dtstart.tz ?? 'UTC');
  const of = zone && zone !== 'UTC' ? `;TZID=${zone}` : '';
  return {
    id: each.id,
    lines: [
      `RRULE:${rrule}`,
      ...(rdate.length > 0 ? [`RDATE${of}:${compact(rdate)}${of ? '' : 'Z'}`] : []),
      ...(exdate.length > 0 ? [`EXDATE${of}:${compact(exdate)}${of ? '' : 'Z'}`] : []),
    ],
    start: own,
    zone,
    starts,
    isWhole: complete,
  };
}

function toCompact(text: string): string {
  return text.replaceAll(/[-:]/g, '');
}

/**
 * Calendars are asked for the last ten years at most. Dates have the same weekdays and the same
 * leap years 28 years on, so that the table stays what it is.
 */
function bringNear(series: PromisedSeries): PromisedSeries {
  if (series.start >= '2007') return series;
  const later = (text: string) => text.replace(/^\d{4}/, (year) => String(Number(year) + 28));
  const laterIn = (line: string) => line.replaceAll(/\d{8}(?=T|\b)/g, later);
  return {
    ...series,
    lines: series.lines.map(laterIn),
    start: later(series.start),
    starts: series.starts.map(later),
  };
}
