/** When how many units were used: `[milliseconds since the epoch, units]`, the oldest first. */
export type Usage = [number, number][];

/** Keeps the calls for one account within what the provider takes. */
export interface Pace {
  /** Takes `units` and answers 0, or takes nothing and answers how long to wait, in milliseconds. */
  take(units: number, now: number): number;
  /** What is to be remembered for the next run. */
  usage(now: number): Usage;
}

/** The window is counted in so many parts; a call counts until its part has left the window. */
const PARTS = 60;
/** A little is left for what is not counted here: a person's click, another installation. */
const SHARE = 0.97;

/**
 * Counts what was used within the provider's sliding window, so that the quota is kept before it
 * bites. One run holds an account at a time; `used` is what the runs before it left.
 */
export function createPace(quota: { units: number; perMs: number }, used: Usage): Pace {
  const partMs = quota.perMs / PARTS;
  const limit = quota.units * SHARE;
  let usage: Usage = used.map(([at, units]) => [at, units]);

  /** A part counts whole until its end has left the window. A clock that went back empties it. */
  const forget = (now: number) => {
    usage = usage.filter(([at]) => at + partMs + quota.perMs > now && at <= now + partMs);
  };
  return {
    take(units, now) {
      forget(now);
      const sum = usage.reduce((total, [, part]) => total + part, 0);
      if (sum + units > limit && usage[0]) {
        return Math.max(usage[0][0] + partMs + quota.perMs - now, 1);
      }
      const at = Math.floor(now / partMs) * partMs;
      const last = usage.at(-1);
      if (last && last[0] === at) last[1] += units;
      else usage.push([at, units]);
      return 0;
    },
    usage(now) {
      forget(now);
      return usage;
    },
  };
}
