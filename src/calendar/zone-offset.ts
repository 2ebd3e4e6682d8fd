import { Temporal } from 'temporal-polyfill';
import type { LocalDateTime, TimeZone } from './event.ts';

/** The clocks of a zone stand at one offset from `fromMs` until before `toMs`. */
interface Span {
  fromMs: number;
  toMs: number;
  offsetMs: number;
}

/** A span is never believed to reach further than this from an instant that was asked for. */
const REACH_MS = 400 * 24 * 60 * 60 * 1000;
/** More spans than this in one zone are asked for by nobody in earnest. */
const SPAN_COUNT_MAX = 400;
const ZONE_COUNT_MAX = 2_000;

const spansByZone = new Map<TimeZone, Span[]>();

/**
 * What a zone's clocks add to UTC at an instant, in milliseconds. Throws `RangeError` for an unknown
 * zone.
 */
export function getOffsetMs(epochMs: number, timeZone: TimeZone): number {
  return timeZone === 'UTC' ? 0 : getSpan(epochMs, timeZone).offsetMs;
}

/** Clocks are never changed by more: an island that changed sides of the date line skipped a day. */
const CHANGE_MAX_MS = 2 * 24 * 60 * 60 * 1000;

/**
 * When the zone's clocks show that time, in milliseconds. Undefined near a change of the clocks,
 * where a time may come twice or never, and for what is no `YYYY-MM-DDTHH:MM:SS`. Throws `RangeError`
 * for an unknown zone.
 */
export function findClearMs(local: LocalDateTime, timeZone: TimeZone): number | undefined {
  const shownMs = Date.parse(`${local}Z`);
  // A 30th of February would be taken for the 2nd of March.
  if (Number.isNaN(shownMs) || new Date(shownMs).toISOString().slice(0, 19) !== local) {
    return undefined;
  }
  return findClearWallMs(shownMs, timeZone);
}

/** The same for a wall-clock time in milliseconds, as if the wall were in UTC. */
export function findClearWallMs(shownMs: number, timeZone: TimeZone): number | undefined {
  if (timeZone === 'UTC') return shownMs;
  const { fromMs, toMs, offsetMs } = getSpan(shownMs, timeZone);
  const epochMs = shownMs - offsetMs;
  const isClear = epochMs - CHANGE_MAX_MS >= fromMs && epochMs + CHANGE_MAX_MS < toMs;
  return isClear ? epochMs : undefined;
}

/**
 * Temporal takes a tenth of a millisecond for each answer, and two milliseconds to find the next
 * change of the clocks; a calendar asks several times an event and knows few zones, so that the
 * spans between two changes are remembered, in the order of their beginnings.
 */
function getSpan(epochMs: number, timeZone: TimeZone): Span {
  let spans = spansByZone.get(timeZone);
  const known = spans?.[countBegun(spans, epochMs) - 1];
  if (known && epochMs < known.toMs) return known;
  const span = findSpan(epochMs, timeZone);
  if (!spans || spans.length >= SPAN_COUNT_MAX) {
    if (spansByZone.size >= ZONE_COUNT_MAX) spansByZone.clear();
    spansByZone.set(timeZone, (spans = []));
  }
  spans.splice(countBegun(spans, span.fromMs), 0, span);
  return span;
}

/** How many of them have begun by then. */
function countBegun(spans: readonly Span[], epochMs: number): number {
  let [least, most] = [0, spans.length];
  while (least < most) {
    const middle = (least + most) >> 1;
    if ((spans[middle]?.fromMs ?? Infinity) <= epochMs) least = middle + 1;
    else most = middle;
  }
  return least;
}

function findSpan(epochMs: number, timeZone: TimeZone): Span {
  const instant = Temporal.Instant.fromEpochMilliseconds(epochMs);
  const time = instant.toZonedDateTimeISO(timeZone);
  // A change at this very instant is the beginning of the span: `previous` looks before it.
  const previous = time.add({ nanoseconds: 1 }).getTimeZoneTransition('previous');
  const next = time.getTimeZoneTransition('next');
  return {
    fromMs: Math.max(previous?.epochMilliseconds ?? -Infinity, epochMs - REACH_MS),
    toMs: Math.min(next?.epochMilliseconds ?? Infinity, epochMs + REACH_MS),
    offsetMs: time.offsetNanoseconds / 1e6,
  };
}
