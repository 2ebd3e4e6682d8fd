/** Wall-clock time and instants. Wall times are milliseconds "as if the wall were in UTC". */

const formats = new Map<string, Intl.DateTimeFormat | null>();
/** Offsets by zone and quarter of an hour, unless the offset changes within that quarter. */
const offsets = new Map<string, Map<number, number>>();
const OFFSETS_PER_ZONE_MAX = 50_000;
const QUARTER_MS = 15 * 60_000;
const DAY_MS = 86_400_000;

/** Whether the IANA name is known here. */
export function isZone(timeZone: string): boolean {
  return findFormat(timeZone) !== null;
}

/** Milliseconds to add to UTC for the wall clock at `instant`. Throws RangeError for an unknown zone. */
export function offsetAt(timeZone: string, instant: number): number {
  if (timeZone === 'UTC') return 0;
  let known = offsets.get(timeZone);
  if (!known) offsets.set(timeZone, (known = new Map()));
  const quarter = Math.floor(instant / QUARTER_MS);
  const cached = known.get(quarter);
  if (cached !== undefined) return cached;
  const offset = readOffset(timeZone, quarter * QUARTER_MS);
  const isSteady = offset === readOffset(timeZone, (quarter + 1) * QUARTER_MS - 1);
  if (!isSteady) return readOffset(timeZone, instant);
  if (known.size >= OFFSETS_PER_ZONE_MAX) known.clear();
  known.set(quarter, offset);
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
