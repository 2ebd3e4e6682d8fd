import { Temporal } from 'temporal-polyfill';
import type { LocalDateTime, TimeZone, When } from './event.ts';
import { findClearMs, findClearWallMs, getOffsetMs } from './zone-offset.ts';

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
  const startsAt = new Date(toEpochMs(when.start, when.timeZone));
  const endsAt = new Date(toEpochMs(when.end, when.timeZone));
  // A start inside a gap moves past an end just after it: such an event takes no time.
  return { startsAt, endsAt: endsAt < startsAt ? startsAt : endsAt };
}

/**
 * The instant of a wall-clock time, in milliseconds; by the rules of `toInstants`. Throws
 * `RangeError` for an unknown zone and for what is no time.
 */
export function toEpochMs(local: LocalDateTime, timeZone: TimeZone): number {
  return findClearMs(local, timeZone) ?? findByTemporal(local, timeZone);
}

/** What clocks in a zone show at an instant. Throws `RangeError` for an unknown zone. */
export const toLocalDateTime = (epochMs: number, timeZone: TimeZone): LocalDateTime =>
  new Date(epochMs + getOffsetMs(epochMs, timeZone)).toISOString().slice(0, 19);

const DAY_MS = 24 * 60 * 60 * 1000;

/** The same for a wall-clock time in milliseconds, as if the wall were in UTC. */
export const wallToEpochMs = (wallMs: number, timeZone: TimeZone): number =>
  findClearWallMs(wallMs, timeZone) ?? findNearChange(wallMs, timeZone);

/** A month of a daily series asks four times near a change: Temporal would take most of the time. */
function findNearChange(wallMs: number, timeZone: TimeZone): number {
  const before = getOffsetMs(wallMs - DAY_MS, timeZone);
  const after = getOffsetMs(wallMs + DAY_MS, timeZone);
  // The larger offset gives the earlier instant.
  for (const offsetMs of [Math.max(before, after), Math.min(before, after)]) {
    if (getOffsetMs(wallMs - offsetMs, timeZone) === offsetMs) return wallMs - offsetMs;
  }
  // In a gap: read with the offset before it, it is as much after it.
  return wallMs - before;
}

function findByTemporal(local: LocalDateTime, timeZone: TimeZone): number {
  // Temporal's word for exactly our two rules.
  const options = { disambiguation: 'compatible' } as const;
  return Temporal.PlainDateTime.from(local).toZonedDateTime(timeZone, options).epochMilliseconds;
}

function toMidnight(date: string): Date {
  return new Date(`${date}T00:00:00Z`);
}
