import type { When } from '../calendar/event.ts';
import { parseRecurrence, type Recurrence, RecurrenceError } from '../calendar/recurrence.ts';
import { ProviderError } from './provider-error.ts';

/** How a series recurs, from RFC 5545 lines. Throws `malformed-answer`: that series is set aside. */
export const readRecurrence = (lines: readonly string[], when: When): Recurrence =>
  asMalformed(() => parseRecurrence(lines, when));

/** A rule that cannot be read is of one event, and keeps no other from being read. */
export function asMalformed<T>(read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (!(cause instanceof RecurrenceError)) throw cause;
    throw new ProviderError('malformed-answer', cause.message, { cause });
  }
}
