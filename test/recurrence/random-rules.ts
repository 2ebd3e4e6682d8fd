/** Seeded random rules and starts, where clocks change more often than chance would have it. */

export const ZONES = [
  'UTC',
  'Europe/Berlin',
  'Europe/Dublin',
  'Europe/Lisbon',
  'America/New_York',
  'America/Los_Angeles',
  'America/St_Johns',
  'America/Santiago',
  'America/Sao_Paulo',
  'Africa/Cairo',
  'Africa/Casablanca',
  'Asia/Kolkata',
  'Asia/Kathmandu',
  'Asia/Tehran',
  'Asia/Gaza',
  'Asia/Tokyo',
  'Australia/Sydney',
  'Australia/Lord_Howe',
  'Pacific/Auckland',
  'Antarctica/Troll',
] as const;

const weekdays = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'];

export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  next(): number {
    this.#state = (Math.imul(this.#state, 1_103_515_245) + 12_345) >>> 0;
    return (this.#state >>> 3) / 2 ** 29;
  }

  int = (below: number) => Math.floor(this.next() * below);
  pick = <T>(from: readonly T[]): T => from[this.int(from.length)] as T;
  chance = (share: number) => this.next() < share;
  some = (most: number, value: () => string | number) =>
    [...new Set(Array.from({ length: 1 + this.int(most) }, value))].join(',');
}

/**
 * A rule that all oracles read right. What rrule.js is wrong about, and is left out: numbered beside
 * plain weekdays, times out of order, BYSETPOS of the first week, and places of which two are one day.
 */
export function randomRule(random: Random): string {
  const frequency = random.pick([
    'DAILY',
    'DAILY',
    'WEEKLY',
    'WEEKLY',
    'MONTHLY',
    'MONTHLY',
    'YEARLY',
    'YEARLY',
    'HOURLY',
  ]);
  const parts = [`FREQ=${frequency}`];
  const signed = (most: number) => (random.chance(0.3) ? -1 : 1) * (1 + random.int(most));
  const weekday = () => random.pick(weekdays);
  if (random.chance(0.5)) parts.push(`INTERVAL=${1 + random.int(5)}`);
  if (random.chance(0.3)) parts.push(`WKST=${weekday()}`);
  parts.push(...randomDays(random, frequency, signed, weekday));
  if (frequency !== 'HOURLY') {
    if (random.chance(0.2))
      parts.push(`BYHOUR=${random.pick(['7', '0,23', '6,12,18', '2', '1,2,3'])}`);
    if (random.chance(0.1)) parts.push(`BYMINUTE=${random.pick(['0', '30', '10,50'])}`);
  }
  if (frequency === 'MONTHLY' || frequency === 'YEARLY') {
    const places = frequency === 'MONTHLY' ? [1, 2, 3, -1] : [1, -1];
    if (random.chance(0.2)) parts.push(`BYSETPOS=${random.pick(places)}`);
  }
  const end = random.next();
  if (end < 0.3) parts.push(`COUNT=${1 + random.int(60)}`);
  else if (end < 0.5) {
    parts.push(`UNTIL=20${20 + random.int(10)}0${1 + random.int(9)}15T093000Z`);
  }
  // BYSETPOS alone is refused by us.
  const isAlone = /BYSETPOS/.test(parts.join()) && !/BY(?!SETPOS)/.test(parts.join());
  return parts.filter((part) => !isAlone || !part.startsWith('BYSETPOS')).join(';');
}

function randomDays(
  random: Random,
  frequency: string,
  signed: (most: number) => number,
  weekday: () => string,
): string[] {
  if (frequency === 'YEARLY' && random.chance(0.15)) {
    return [`BYYEARDAY=${random.some(4, () => signed(366))}`];
  }
  if (frequency === 'YEARLY' && random.chance(0.15)) {
    const weeks = `BYWEEKNO=${random.some(4, () => signed(50))}`;
    return random.chance(0.5) ? [weeks, `BYDAY=${random.some(3, weekday)}`] : [weeks];
  }
  const parts: string[] = [];
  const hasMonths = random.chance(0.25);
  if (hasMonths) parts.push(`BYMONTH=${random.some(4, () => 1 + random.int(12))}`);
  const isCounting = frequency === 'MONTHLY' || frequency === 'YEARLY';
  if (isCounting && random.chance(0.4)) {
    return [...parts, `BYDAY=${random.some(3, () => `${signed(5)}${weekday()}`)}`];
  }
  if (random.chance(0.45)) parts.push(`BYDAY=${random.some(3, weekday)}`);
  if (frequency !== 'WEEKLY' && random.chance(0.3)) {
    parts.push(`BYMONTHDAY=${random.some(3, () => signed(hasMonths ? 28 : 31))}`);
  }
  return parts;
}

/** A wall-clock start as if in UTC, in milliseconds; every second one at night, when clocks change. */
export function randomStart(random: Random): number {
  const hour = random.chance(0.5) ? random.int(4) : random.int(24);
  const minute = random.pick([0, 15, 30, 45]);
  const year = 2015 + random.int(12);
  // Clocks change in these months in most zones.
  const month = random.chance(0.5) ? random.pick([2, 3, 9, 10]) : random.int(12);
  return Date.UTC(year, month, 1 + random.int(31), hour, minute);
}
