const DAY_MS = 24 * 60 * 60_000;
/** With a channel: only for what it fails to tell. */
const SWEEP_MS = 6 * 60 * 60_000;
const SWEEP_IN_USE_MS = 15 * 60_000;
/** Without one: polling is all there is. */
const POLL_IN_USE_MS = 60_000;
const POLL_MS = 5 * 60_000;
const POLL_IDLE_MS = 15 * 60_000;

const IN_USE_MS = 60 * 60_000;
const IDLE_MS = 24 * 60 * 60_000;

/** Feeds leave things out, and a window has to move on: everything is listed again after this. */
export const FULL_PULL_MS = 7 * 24 * 60 * 60_000;
/** A feed that ended just after it was rebuilt is not rebuilt again before this. */
export const REBUILD_COOL_DOWN_MS = 15 * 60_000;

/**
 * How long until the calendar is looked at by itself, in milliseconds, spread by ±25 % so that many
 * do not look together. `random` is in [0, 1).
 */
export function nextPullMs(calendar: {
  hasChannel: boolean;
  /** Since something last changed there; null when nothing was ever seen to. */
  quietMs: number | null;
  random: number;
}): number {
  const { hasChannel, quietMs, random } = calendar;
  const isInUse = quietMs !== null && quietMs < IN_USE_MS;
  const isIdle = quietMs === null || quietMs > IDLE_MS;
  const steady = hasChannel
    ? isInUse
      ? SWEEP_IN_USE_MS
      : SWEEP_MS
    : isInUse
      ? POLL_IN_USE_MS
      : isIdle
        ? POLL_IDLE_MS
        : POLL_MS;
  return spread(steady, random);
}

const YEAR_DAYS = 366;

/**
 * What is read of a calendar, around `now`: as far as the company wishes and the provider lists. Where
 * that is too much, first what is long over gives way, then what is far ahead.
 */
export function fitWindow(
  wished: { daysBack: number; daysAhead: number },
  daysMax: number | null,
  now: number,
): { start: Date; end: Date } {
  const max = daysMax ?? Infinity;
  const back = Math.min(wished.daysBack, Math.max(max - wished.daysAhead, YEAR_DAYS));
  const ahead = Math.min(wished.daysAhead, max - back);
  return { start: new Date(now - back * DAY_MS), end: new Date(now + ahead * DAY_MS) };
}

/** `ms`, ±25 %. */
export function spread(ms: number, random: number): number {
  return Math.round(ms * (0.75 + random / 2));
}
