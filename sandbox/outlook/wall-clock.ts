import { Temporal } from 'temporal-polyfill';

/**
 * Wall-clock arithmetic. A *wall* is what a clock on the wall shows, written as the milliseconds
 * that the same figures would have in UTC; a *day* is its number since 1970-01-01.
 */
export const DAY_MS = 86_400_000;

const offsetsByZone = new Map<string, Map<number, number | null>>();

/** The offset from UTC in milliseconds that the zone has at an instant. */
function offsetAt(at: number, zone: string): number {
  if (zone === 'UTC') return 0;
  let offsets = offsetsByZone.get(zone);
  if (!offsets) offsetsByZone.set(zone, (offsets = new Map()));
  const day = Math.floor(at / DAY_MS);
  let offset = offsets.get(day);
  if (offset === undefined) {
    // Most days have one offset; only the days of a transition are asked for instant by instant.
    const first = askOffset(day * DAY_MS, zone);
    offset = first === askOffset((day + 1) * DAY_MS, zone) ? first : null;
    offsets.set(day, offset);
  }
  return offset ?? askOffset(at, zone);
}

function askOffset(at: number, zone: string): number {
  const zoned = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone);
  return Math.round(zoned.offsetNanoseconds / 1_000_000);
}

export function wallAt(at: number, zone: string): number {
  return at + offsetAt(at, zone);
}

/** A time inside a gap moves forward by the gap; a repeated time is its first. */
export function instantOf(wall: number, zone: string): number {
  if (zone === 'UTC') return wall;
  const before = offsetAt(wall - DAY_MS, zone);
  const after = offsetAt(wall + DAY_MS, zone);
  if (before === after && offsetAt(wall - before, zone) === before) return wall - before;
  if (offsetAt(wall - before, zone) === before) return wall - before;
  if (offsetAt(wall - after, zone) === after) return wall - after;
  return wall - before;
}

export function isInGap(wall: number, zone: string): boolean {
  return wallAt(instantOf(wall, zone), zone) !== wall;
}

export const dayOf = (wall: number) => Math.floor(wall / DAY_MS);

/** `2026-03-01` as a day, or undefined when it is no date. */
export function parseDate(text: unknown): number | undefined {
  if (typeof text !== 'string' || !/^\d{4}-\d\d-\d\d$/.test(text)) return undefined;
  const ms = Date.parse(`${text}T00:00:00Z`);
  return Number.isNaN(ms) || formatDay(ms / DAY_MS) !== text ? undefined : ms / DAY_MS;
}

export const formatDay = (day: number) => new Date(day * DAY_MS).toISOString().slice(0, 10);

/** Graph's answers carry seven decimals and no offset. */
export const formatWall = (wall: number) => `${new Date(wall).toISOString().slice(0, -1)}0000`;

export const formatInstant = (at: number) => `${new Date(at).toISOString().slice(0, -1)}0000Z`;

const dateTimeForm =
  /^(\d{4}-\d\d-\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?)?(Z|[+-]\d\d:?\d\d)?$/i;

/**
 * Reads a date-time; `offsetMs` is null when none is written. Undefined when it is no date-time.
 */
export function parseDateTime(text: string): { wall: number; offsetMs: number | null } | undefined {
  const match = dateTimeForm.exec(text.trim());
  if (!match) return undefined;
  const [, date, hour = '00', minute = '00', second = '00', fraction = '', offset] = match;
  const day = parseDate(date);
  if (day === undefined || +hour > 23 || +minute > 59 || +second > 59) return undefined;
  const ms = Number(fraction.padEnd(3, '0').slice(0, 3));
  const wall = day * DAY_MS + ((+hour * 60 + +minute) * 60 + +second) * 1000 + ms;
  return { wall, offsetMs: offset === undefined ? null : parseOffset(offset) };
}

function parseOffset(text: string): number {
  if (text.toUpperCase() === 'Z') return 0;
  const digits = text.slice(1).replace(':', '');
  const minutes = Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2));
  return (text.startsWith('-') ? -minutes : minutes) * 60_000;
}

/** An instant as in a query: its own offset, UTC when none is written. */
export function parseInstant(text: string): number | undefined {
  const parsed = parseDateTime(text);
  return parsed && parsed.wall - (parsed.offsetMs ?? 0);
}
