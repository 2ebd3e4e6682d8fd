import type { ChannelId } from '../calendar/ids.ts';

/** A channel as far as deciding needs it. */
export interface Channel {
  id: ChannelId;
  /** `opening`: asked for by somebody who died, or whose answer was lost. It may ring. */
  state: 'opening' | 'live' | 'stopping';
  /** Whether the provider can be asked to stop it: it has told us its ids. */
  canStop: boolean;
  createdAt: Date;
  /** Null until the provider answered. */
  expiresAt: Date | null;
  renewAt: Date | null;
}

export interface Watch {
  isWanted: boolean;
  /** Nothing is asked of the provider before then: it refused, or did not answer. */
  retryAt: Date | null;
  /** The oldest first. */
  channels: readonly Channel[];
}

export type WatchAction =
  | { kind: 'rest'; until: Date | null }
  /** Not there any more, or not to be reached: the row goes, and nobody is asked. */
  | { kind: 'forget'; ids: ChannelId[] }
  | { kind: 'stop'; id: ChannelId }
  /** `isGap`: nobody rang until now, so the calendar has to be looked at once it is open. */
  | { kind: 'open'; isGap: boolean }
  | { kind: 'renew'; id: ChannelId };

/** No provider lets a channel live longer: one that never had an answer has ended by then. */
const UNANSWERED_LIFE_MS = 7 * 24 * 60 * 60_000;
/** Of a calendar: with every lost answer there may be one more. */
const UNANSWERED_MAX = 3;

/**
 * The next one thing to do so that exactly one channel rings for a calendar, or none when none is
 * wanted. `isRenewedByOpening`: the provider has just said that it cannot make a channel last longer.
 */
export function planWatch(watch: Watch, now: Date, isRenewedByOpening = false): WatchAction {
  const ended = watch.channels.filter((channel) => hasEnded(channel, watch, now));
  if (ended.length > 0) return { kind: 'forget', ids: ended.map(({ id }) => id) };

  const live = watch.channels.filter(({ state }) => state === 'live');
  const current = watch.isWanted ? findLastEnding(live) : undefined;
  const mayAsk = !watch.retryAt || watch.retryAt <= now;
  if (watch.isWanted && mayAsk) {
    if (!current) return { kind: 'open', isGap: true };
    if (isDue(current, now)) {
      return isRenewedByOpening
        ? { kind: 'open', isGap: false }
        : { kind: 'renew', id: current.id };
    }
  }
  const surplus = watch.channels.find(
    (channel) => channel.canStop && channel !== current && channel.state !== 'opening',
  );
  if (surplus && mayAsk) return { kind: 'stop', id: surplus.id };
  return { kind: 'rest', until: whenNext(watch, current, surplus !== undefined) };
}

function hasEnded(channel: Channel, { isWanted, channels }: Watch, now: Date): boolean {
  if (channel.expiresAt) return channel.expiresAt <= now;
  if (!isWanted) return true;
  const unanswered = channels.filter(({ expiresAt }) => !expiresAt);
  const isOld = channel.createdAt.getTime() + UNANSWERED_LIFE_MS <= now.getTime();
  return isOld || unanswered.indexOf(channel) < unanswered.length - UNANSWERED_MAX;
}

function findLastEnding(live: readonly Channel[]): Channel | undefined {
  const endOf = ({ expiresAt }: Channel) => expiresAt?.getTime() ?? 0;
  return live.toSorted((a, b) => endOf(a) - endOf(b)).at(-1);
}

function isDue({ renewAt }: Channel, now: Date): boolean {
  return renewAt !== null && renewAt <= now;
}

function whenNext(
  { isWanted, retryAt }: Watch,
  current: Channel | undefined,
  hasSurplus: boolean,
): Date | null {
  if (!current || hasSurplus) return isWanted || hasSurplus ? retryAt : null;
  const { renewAt } = current;
  return renewAt && retryAt && retryAt > renewAt ? retryAt : renewAt;
}

/** Renewing in good time leaves room for a day's trouble; a short-lived channel gets half its life. */
const RENEW_BEFORE_MS = 24 * 60 * 60_000;
/** However short a life the provider gives. */
const RENEWED_AFTER_MS = 5 * 60_000;

/**
 * When to renew a channel that was opened or renewed now: a day before it ends, spread by ±25 % so
 * that many opened together are not renewed together, and never before half its life. `random` is
 * in [0, 1).
 */
export function whenToRenew(expiresAt: Date, now: Date, random: number): Date {
  const lifeMs = Math.max(expiresAt.getTime() - now.getTime(), 0);
  const beforeMs = Math.min(RENEW_BEFORE_MS * (0.75 + random / 2), lifeMs / 2);
  return new Date(Math.max(expiresAt.getTime() - beforeMs, now.getTime() + RENEWED_AFTER_MS));
}
