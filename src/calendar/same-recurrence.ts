import { expandRule, withStart } from './expand-rule.ts';
import { getLastOccurrence, toWall } from './occurrences.ts';
import { formatUtc, type Series, startOf } from './recurrence.ts';
import { toEpochMs } from './instants.ts';
import { formatRule, parseRule, type Rule } from './rule.ts';

/** Rules with more occurrences than this are compared by their COUNT and UNTIL as written. */
const COUNT_MAX = 5_000;

/**
 * Whether two series recur alike, each from its own start: by meaning, not by text. What a rule leaves
 * to its start is filled in, and an end is the last start that it allows, so that a COUNT is the same
 * as an UNTIL that ends there. Whether they are at the same times is not asked.
 */
export function isSameRecurrence(a: Series, b: Series): boolean {
  return describe(a) === describe(b);
}

function describe(series: Series): string {
  const { when, recurrence } = series;
  const spell = (rules: readonly string[]) =>
    rules.map((rule) => spellOut(parseRule(rule), series)).sort();
  const own = startOf(when);
  return JSON.stringify({
    rules: spell(recurrence.rules),
    exrules: spell(recurrence.exrules),
    // The start is an occurrence anyway.
    rdates: recurrence.rdates.filter((start) => start !== own),
    exdates: recurrence.exdates,
  });
}

function spellOut(rule: Rule, { when }: Series): string {
  let { frequency, interval, byDay, byMonth, bySetPos, count, until } = withStart(
    rule,
    toWall(startOf(when)),
  );
  const rest = withStart(rule, toWall(startOf(when)));
  const isEvery = byDay.length === 7 && byDay.every(({ nth }) => nth === 0);
  if (frequency === 'WEEKLY' && interval === 1 && bySetPos.length === 0) {
    // Every week on these days, or every day if it is one of them.
    frequency = 'DAILY';
  }
  if (frequency === 'DAILY' && isEvery) byDay = [];
  // The second of all Tuesdays is the second Tuesday.
  const [day, place] = [byDay[0], bySetPos[0]];
  const isMonthly = frequency === 'MONTHLY' || (frequency === 'YEARLY' && byMonth.length === 1);
  const isPlain = rest.byHour.length * rest.byMinute.length * rest.bySecond.length === 1;
  if (isMonthly && isPlain && byDay.length === 1 && bySetPos.length === 1 && day?.nth === 0) {
    const others = rest.byMonthDay.length + rest.byYearDay.length + rest.byWeekNo.length;
    if (others === 0 && place && Math.abs(place) <= 5) {
      byDay = [{ weekday: day.weekday, nth: place }];
      bySetPos = [];
    }
  }
  if (byMonth.length === 12 && frequency !== 'YEARLY') byMonth = [];
  const last = count === null && until === null ? null : findLast(rule, when);
  if (last) [count, until] = [null, last];
  return formatRule({ ...rest, frequency, interval, byDay, byMonth, bySetPos, count, until });
}

/** The last start that one rule allows, as an UNTIL; undefined for more than is worth counting. */
function findLast(rule: Rule, when: Series['when']): string | undefined {
  if (rule.count !== null) {
    let left = COUNT_MAX;
    for (const _ of expandRule(rule, toWall(startOf(when)), { isStartCounted: true })) {
      if (left-- === 0) return undefined;
    }
  }
  const alone = { rules: [formatRule(rule)], exrules: [], rdates: [], exdates: [] };
  const last = getLastOccurrence({ when, recurrence: alone });
  if (!last) return undefined;
  if (last.when.kind === 'all-day') return last.when.startDate.replaceAll('-', '');
  return formatUtc(toEpochMs(last.when.start, last.when.timeZone));
}
