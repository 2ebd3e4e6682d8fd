/** Wall-clock time and instants. Wall times are milliseconds "as if the wall were in UTC". */

const formats = new Map<string, Intl.DateTimeFormat | null>();
/** Offset changes by zone and UTC year; found once by probing, because Intl is slow. */
const years = new Map<string, Map<number, readonly OffsetSpan[]>>();
/** No zone has ever gone there and back within this time. */
const PROBE_DAYS = 8;
const DAY_MS = 86_400_000;

/** Whether the IANA name is known here. */
export function isZone(timeZone: string): boolean {
  return findFormat(timeZone) !== null;
}

/** From `from` on (an instant within the year) the offset holds until the next span. */
interface OffsetSpan {
  readonly from: number;
  readonly offset: number;
}

/** Milliseconds from UTC to the wall clock at `instant`. Throws RangeError for an unknown zone. */
export function offsetAt(timeZone: string, instant: number): number {
  if (timeZone === 'UTC') return 0;
  const year = new Date(instant).getUTCFullYear();
  let known = years.get(timeZone);
  if (!known) years.set(timeZone, (known = new Map()));
  let spans = known.get(year);
  if (!spans) known.set(year, (spans = findSpans(timeZone, year)));
  let { offset } = spans[0] ?? { offset: 0 };
  for (const span of spans) {
    if (span.from > instant) break;
    offset = span.offset;
  }
  return offset;
}

export function toWall(timeZone: string, instant: number): number {
  return instant + offsetAt(timeZone, instant);
}

/**
 * The instant of a wall time. A time that does not exist moves forward by the gap, a repeated one
 * is the first of the two.
 */
export function toInstant(timeZone: string, wall: number): number {
  const before = offsetAt(timeZone, wall - DAY_MS);
  const after = offsetAt(timeZone, wall + DAY_MS);
  // With the offset from before a change, a time inside a gap lands behind it by itself.
  const first = wall - before;
  if (before === after || offsetAt(timeZone, first) === before) return first;
  const second = wall - after;
  return offsetAt(timeZone, second) === after ? second : first;
}

/** RFC 3339 with the zone's offset and whole seconds, as Google prints times. */
export function formatInstant(timeZone: string, instant: number): string {
  const offset = offsetAt(timeZone, instant);
  const wall = new Date(instant + offset).toISOString().slice(0, 19);
  if (offset === 0) return `${wall}Z`;
  const minutes = Math.round(Math.abs(offset) / 60_000);
  const hh = String(Math.floor(minutes / 60)).padStart(2, '0');
  const mm = String(minutes % 60).padStart(2, '0');
  return `${wall}${offset < 0 ? '-' : '+'}${hh}:${mm}`;
}

function findSpans(timeZone: string, year: number): OffsetSpan[] {
  const end = Date.UTC(year + 1, 0, 1);
  let from = Date.UTC(year, 0, 1);
  const spans = [{ from, offset: readOffset(timeZone, from) }];
  for (let to = from; to < end; from = to) {
    to = Math.min(end, from + PROBE_DAYS * DAY_MS);
    const before = spans.at(-1)?.offset ?? 0;
    const after = readOffset(timeZone, to);
    if (after !== before) spans.push({ from: bisect(timeZone, from, to, before), offset: after });
  }
  return spans;
}

/** The first second at which the offset is no longer `before`. */
function bisect(timeZone: string, low: number, high: number, before: number): number {
  let [same, different] = [low, high];
  while (different - same > 1000) {
    const middle = Math.floor((same + different) / 2000) * 1000;
    if (readOffset(timeZone, middle) === before) same = middle;
    else different = middle;
  }
  return different;
}

function findFormat(timeZone: string): Intl.DateTimeFormat | null {
  const known = formats.get(timeZone);
  if (known !== undefined) return known;
  let format: Intl.DateTimeFormat | null = null;
  try {
    // Bare offsets are time zones to Intl, and names to nobody.
    if (/^[A-Za-z]/.test(timeZone)) format = new Intl.DateTimeFormat('en-US', FIELDS(timeZone));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  if (formats.size < 2_000) formats.set(timeZone, format);
  return format;
}

const FIELDS = (timeZone: string): Intl.DateTimeFormatOptions => ({
  timeZone,
  hourCycle: 'h23',
  era: 'short',
  year: 'numeric',
  month: 'numeric',
  day: 'numeric',
  hour: 'numeric',
  minute: 'numeric',
  second: 'numeric',
});

function readOffset(timeZone: string, instant: number): number {
  const format = findFormat(timeZone);
  if (!format) throw new RangeError(`Unknown time zone ${timeZone}`);
  const field: Record<string, number> = {};
  for (const { type, value } of format.formatToParts(instant)) field[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = field;
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(instant / 1000) * 1000;
}
