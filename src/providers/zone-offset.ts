import { Temporal } from 'temporal-polyfill';
import type { TimeZone } from '../calendar/event.ts';

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
 * What a zone's clocks add to UTC at an instant, in milliseconds; `timeZone` must exist. Temporal
 * takes a tenth of a millisecond for each answer, and two milliseconds to find the next change of
 * the clocks; a calendar asks twice an event and knows few zones, so that the spans between two
 * changes are remembered.
 */
export function getOffsetMs(epochMs: number, timeZone: TimeZone): number {
  if (timeZone === 'UTC') return 0;
  let spans = spansByZone.get(timeZone);
  const known = spans?.find(({ fromMs, toMs }) => fromMs <= epochMs && epochMs < toMs);
  if (known) return known.offsetMs;
  const span = findSpan(epochMs, timeZone);
  if (!spans || spans.length >= SPAN_COUNT_MAX) {
    if (spansByZone.size >= ZONE_COUNT_MAX) spansByZone.clear();
    spansByZone.set(timeZone, (spans = []));
  }
  spans.push(span);
  return span.offsetMs;
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
