/** Chance that a seed repeats: mulberry32, which is small, fast and good enough to draw plans. */
export interface Chance {
  /** In [0, 1). */
  next(): number;
  /** Whole, from `min` to `max`, both included. */
  integer(min: number, max: number): number;
  /** True with this probability. */
  is(probability: number): boolean;
  pick<T>(values: readonly T[]): T;
  /** A stream of its own: drawing more here changes nothing there. */
  fork(): Chance;
  /** A UUID in lower case, of this seed's. */
  uuid(): string;
}

export function createChance(seed: number): Chance {
  let state = (seed * 0x9e3779b1) >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
  const chance: Chance = {
    next,
    integer: (min, max) => min + Math.floor(next() * (max - min + 1)),
    is: (probability) => next() < probability,
    pick: (values) => {
      const value = values[Math.floor(next() * values.length)];
      if (value === undefined) throw new Error('nothing to pick from');
      return value;
    },
    fork: () => createChance(Math.floor(next() * 2 ** 31)),
    uuid: () => {
      const hex = Array.from({ length: 32 }, () => Math.floor(next() * 16).toString(16));
      hex[12] = '4';
      hex[16] = '8';
      const text = hex.join('');
      return [8, 12, 16, 20].reduceRight((id, at) => `${id.slice(0, at)}-${id.slice(at)}`, text);
    },
  };
  return chance;
}
