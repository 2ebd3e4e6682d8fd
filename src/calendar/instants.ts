import { Temporal } from 'temporal-polyfill';
import type { When } from './event.ts';
import { findClearMs } from './zone-offset.ts';

/**
 * The instants between which an event lies. For queries and for sorting: the local times stay the
 * truth.
 *
 * A local time that does not exist (clocks go forward) is moved forward by the gap; one that
 * happens twice is the first. An all-day event is given as UTC midnights: it is the same date
 * everywhere, so it has no instant of its own. Throws `RangeError` for an unknown zone.
 */
export function toInstants(when: When): { startsAt: Date; endsAt: Date } {
  if (when.kind === 'all-day') {
    return { startsAt: toMidnight(when.startDate), endsAt: toMidnight(when.endDate) };
  }
  const startsAt = toInstant(when.start, when.timeZone);
  const endsAt = toInstant(when.end, when.timeZone);
  // A start inside a gap moves past an end just after it: such an event takes no time.
  return { startsAt, endsAt: endsAt < startsAt ? startsAt : endsAt };
}

function toInstant(localDateTime: string, timeZone: string): Date {
  const clear = findClearMs(localDateTime, timeZone);
  if (clear !== undefined) return new Date(clear);
  const zoned = Temporal.PlainDateTime.from(localDateTime).toZonedDateTime(timeZone, {
    // Temporal's word for exactly our two rules.
    disambiguation: 'compatible',
  });
  return new Date(zoned.epochMilliseconds);
}

function toMidnight(date: string): Date {
  return new Date(`${date}T00:00:00Z`);
}
