/** The lines of `recurrence`. */

import { invalid } from '../errors.ts';
import { parseSeries } from '../recurrence/series.ts';
import { isAllDay, type EventTime } from './event.ts';

const LINES_MAX = 500;

/** Kept as they are; throws 400 for a line that is no RRULE, EXRULE, RDATE or EXDATE. */
export function readRecurrence(lines: readonly string[], start: EventTime): readonly string[] {
  const isWrong = lines.length > LINES_MAX || !parseSeries(lines, isAllDay(start));
  if (isWrong) throw invalid('Invalid recurrence rule.');
  return lines;
}
