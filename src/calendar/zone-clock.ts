import { Temporal } from 'temporal-polyfill';
import type { LocalDateTime, TimeZone } from './event.ts';

/** A time in which a zone's clocks are not changed. Instants are milliseconds since the epoch. */
interface Stretch {
  from: number;
  to: number;
  /** How far its clocks are ahead of UTC. */
  offsetMs: number;
}

const DAY_MS = 86_400_000;
/** No stretch is taken to reach further than this from where it was looked up. */
const REACH_MS = 365 * DAY_MS;
/** Clocks are never changed by more: an island that changed sides of the date line skipped a day. */
const CHANGE_MAX_MS = 2 * DAY_MS;
/** Of one zone; with more the zone is begun anew. */
const STRETCHES_MAX = 64;

const stretchesOf = new Map<TimeZone, Stretch[]>();

/**
 * What `Temporal` answers, remembered: asking it for every event of a calendar takes longer than all
 * else that is done with them. Throws `RangeError` for an unknown zone.
 */
function findStretch(instant: number, timeZone: TimeZone): Stretch {
  const known = stretchesOf.get(timeZone) ?? [];
  const found = known.find(({ from, to }) => from <= instant && instant < to);
  if (found) return found;
  const at = (ms: number) =>
    Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(timeZone);
  // A change at the very instant begins the stretch.
  const before = at(instant + 1).getTimeZoneTransition('previous')?.epochMilliseconds;
  const after = at(instant).getTimeZoneTransition('next')?.epochMilliseconds;
  const stretch = {
    from: Math.max(before ?? -Infinity, instant - REACH_MS),
    to: Math.min(after ?? Infinity, instant + REACH_MS),
    offsetMs: at(instant).offsetNanoseconds / 1_000_000,
  };
  stretchesOf.set(timeZone, known.length < STRETCHES_MAX ? [...known, stretch] : [stretch]);
  return stretch;
}

/** What the zone's clocks show at that instant, to the second. Throws `RangeError`. */
export function readClock(instant: number, timeZone: TimeZone): LocalDateTime {
  const { offsetMs } = findStretch(instant, timeZone);
  return new Date(instant + offsetMs).toISOString().slice(0, 19);
}

/**
 * When the zone's clocks show that time. Undefined near a change of the clocks, where a time may
 * come twice or never, and for what is no time. Throws `RangeError` for an unknown zone.
 */
export function findClearInstant(local: LocalDateTime, timeZone: TimeZone): number | undefined {
  const shown = readAsUtc(local);
  if (shown === undefined) return undefined;
  const { from, to, offsetMs } = findStretch(shown, timeZone);
  const instant = shown - offsetMs;
  const isClear = instant - CHANGE_MAX_MS >= from && instant + CHANGE_MAX_MS < to;
  return isClear ? instant : undefined;
}

/** `YYYY-MM-DDTHH:MM:SS` as if it were UTC, in milliseconds; undefined for what is no such time. */
export function readAsUtc(local: string): number | undefined {
  const ms = Date.parse(`${local}Z`);
  // A 30th of February would be taken for the 2nd of March.
  const isExact = !Number.isNaN(ms) && new Date(ms).toISOString().slice(0, 19) === local;
  return isExact ? ms : undefined;
}
