/** The lines of `recurrence`. */

import type { EventTime } from './event.ts';

export function readRecurrence(lines: readonly string[], _start: EventTime): readonly string[] {
  return lines;
}
