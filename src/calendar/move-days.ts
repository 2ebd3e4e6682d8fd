import { lengthOfMonth, toCivilDate, weekdayOf } from './civil-days.ts';
import type { Rule, RuleDay } from './rule.ts';

/**
 * The rule of a series whose start moves from one day to another, in days since 1970. Days that it
 * plainly takes from the old start are those of the new one; the days of a week move together, and
 * the weeks with them. Anything else stays.
 */
export function moveDays(rule: Rule, oldDay: number, newDay: number): Rule {
  if (oldDay === newDay) return rule;
  if (isOnDaysOfWeek(rule, oldDay)) {
    const move = (weekday: number) => (((weekday + newDay - oldDay) % 7) + 7) % 7;
    const byDay = rule.byDay
      .map(({ weekday }) => ({ weekday: move(weekday), nth: 0 }))
      .sort((a, b) => a.weekday - b.weekday);
    return { ...rule, byDay, weekStart: move(rule.weekStart) };
  }
  const [old, now] = [toCivilDate(oldDay), toCivilDate(newDay)];
  const isOnly = (list: readonly number[], number: number) =>
    list.length === 1 && list[0] === number;
  const moved = { ...rule };
  if (isOnly(rule.byMonthDay, old.day)) moved.byMonthDay = [now.day];
  if (isOnly(rule.byMonth, old.month) && rule.frequency === 'YEARLY') moved.byMonth = [now.month];
  const [day] = rule.byDay;
  if (rule.byDay.length === 1 && day && rule.byMonthDay.length === 0) {
    if (isNth(day, oldDay) && rule.bySetPos.length === 0) moved.byDay = [toNth(day, newDay)];
  }
  return moved;
}

/** Whether the day is that weekday of its month. Of numbers in a year nobody drags the meaning. */
function isNth({ weekday, nth }: RuleDay, dayNumber: number): boolean {
  if (weekday !== weekdayOf(dayNumber)) return false;
  const { year, month, day } = toCivilDate(dayNumber);
  const fromEnd = -Math.ceil((lengthOfMonth(year, month) - day + 1) / 7);
  return nth === 0 || nth === Math.ceil(day / 7) || nth === fromEnd;
}

function toNth({ nth }: RuleDay, dayNumber: number): RuleDay {
  const weekday = weekdayOf(dayNumber);
  if (nth === 0) return { weekday, nth };
  const { year, month, day } = toCivilDate(dayNumber);
  const isLast = day + 7 > lengthOfMonth(year, month);
  const place = Math.ceil(day / 7);
  // Not each month has a fifth one, and the last stays the last.
  return { weekday, nth: isLast && (nth < 0 || place === 5) ? -1 : place };
}

/** Every week, or every so many, on days that the start's is one of. */
function isOnDaysOfWeek(rule: Rule, dayNumber: number): boolean {
  const { frequency, byDay, byMonth, byMonthDay, byYearDay, byWeekNo, bySetPos } = rule;
  const others = [byMonth, byMonthDay, byYearDay, byWeekNo, bySetPos];
  if (frequency !== 'WEEKLY' || byDay.length < 2 || others.some((list) => list.length > 0)) {
    return false;
  }
  return byDay.some(({ weekday }) => weekday === weekdayOf(dayNumber));
}

/** Whether all of its days move along with the start, so that every date moves by as many days. */
export function doDaysMove(rule: Rule, oldDay: number, newDay: number): boolean {
  const { byDay, byMonth, byMonthDay, byYearDay, byWeekNo } = rule;
  const isFree = [byDay, byMonth, byMonthDay, byYearDay, byWeekNo].every(
    (list) => list.length === 0,
  );
  // By whole weeks the days of a week stay where they are.
  if (isFree || (newDay - oldDay) % 7 === 0) return true;
  return JSON.stringify(moveDays(rule, oldDay, newDay)) !== JSON.stringify(rule);
}
