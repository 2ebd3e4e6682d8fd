import type { ProviderName } from './world.ts';

/** Which calls a rule is about: all members that are given must fit. */
export interface FaultMatch {
  provider?: ProviderName;
  /**
   * As in the call record: `events.patch`, `oauth.token`; and `notification` for calls to
   * webhooks.
   */
  operation?: string;
  method?: string;
  /** A regular expression over path and query, without the origin. */
  path?: string;
  /** An id; at Google `primary` and the caller's own address are the same calendar. */
  calendarId?: string;
  /** An account's id or address. */
  account?: string;
  /** The channel or subscription of a notification. */
  channelId?: string;
}

/** Whether the call takes effect before the fault shows. */
type When = 'before' | 'after';

export type FaultEffect =
  | {
      kind: 'status';
      status: number;
      when?: When;
      /** `Retry-After` in seconds, written as it is: 2 or 0.5. */
      retryAfterS?: number;
      /** `Retry-After` as an HTTP date this far from now, in seconds. */
      retryAfterDateS?: number;
      /** Instead of the provider's usual words for the status. Text is sent as it is. */
      body?: unknown;
      /** Google: `rateLimitExceeded`, `quotaExceeded`, … in the usual body. Graph: its `code`. */
      reason?: string;
    }
  /** No answer ever comes. A server holds the connection for `holdMs`, then drops it. */
  | { kind: 'time-out'; when: When; holdMs?: number }
  | { kind: 'reset'; when: When }
  /** The connection breaks after this part of the body (default 0.5). */
  | { kind: 'cut-body'; part?: number }
  | { kind: 'malformed-json' }
  | { kind: 'html-page'; status?: number; when?: When }
  | { kind: 'wrong-content-type'; contentType?: string }
  /** A 200 that lists fewer than there are, as if that were all. */
  | { kind: 'truncate-listing'; keep?: number }
  /** A 200 in which the first entry comes twice. */
  | { kind: 'repeat-entries' }
  | { kind: 'delay'; delayMs: number; when?: When }
  /** The access token of the call ends before it is looked at. */
  | { kind: 'expire-token' }
  /** Notifications only: not sent, while the provider believes it was. */
  | { kind: 'lose' }
  /** Notifications only: sent this often (default 2). */
  | { kind: 'repeat'; count?: number }
  /** Notifications only: sent after the next one that is sent. */
  | { kind: 'reorder' };

export interface FaultWish {
  match?: FaultMatch;
  effect: FaultEffect;
  /** Fires from the nth matching call on, counted from 1. */
  nth?: number;
  /** How often it fires: by default once, with a chance always. */
  times?: number | 'always';
  /** Fires on this share of the matching calls, 0 to 1. */
  chance?: number;
}

/** A rule as it stands, with its counts. */
export interface FaultRule extends FaultWish {
  id: string;
  matchCount: number;
  fireCount: number;
}

/** What is known of a call before it is answered. */
export interface CallShape {
  provider: ProviderName;
  operation: string;
  method: string;
  url: string;
  accountId: string | null;
  accountEmail: string | null;
  calendarId: string | null;
  channelId: string | null;
}

export interface Faults {
  /** Throws when the rule's path is not a regular expression. Answers the rule's id. */
  add(wish: FaultWish): string;
  remove(id: string): boolean;
  clear(): void;
  list(): readonly FaultRule[];
  /** Spares the work of describing a call when there is nothing to draw. */
  isEmpty(): boolean;
  /** Counts the call at every rule, and answers the effect of the first that fires. */
  draw(call: CallShape): FaultEffect | undefined;
}

interface LiveRule {
  rule: FaultRule;
  path: RegExp | null;
}

/** Rules for what shall go wrong, asked at every call. `random` decides the chances. */
export function createFaults(random: () => number): Faults {
  const rules = new Map<string, LiveRule>();
  let count = 0;
  return {
    add(wish) {
      assertWish(wish);
      const path = wish.match?.path === undefined ? null : new RegExp(wish.match.path);
      const id = `fault-${++count}`;
      rules.set(id, { rule: { ...wish, id, matchCount: 0, fireCount: 0 }, path });
      return id;
    },
    remove: (id) => rules.delete(id),
    clear: () => rules.clear(),
    isEmpty: () => rules.size === 0,
    list: () => [...rules.values()].map(({ rule }) => ({ ...rule })),
    draw(call) {
      let effect: FaultEffect | undefined;
      for (const { rule, path } of rules.values()) {
        if (!fits(rule.match ?? {}, path, call)) continue;
        rule.matchCount++;
        if (effect || !fires(rule, random)) continue;
        rule.fireCount++;
        effect = rule.effect;
      }
      return effect;
    },
  };
}

const effectKinds: Record<FaultEffect['kind'], true> = {
  status: true,
  'time-out': true,
  reset: true,
  'cut-body': true,
  'malformed-json': true,
  'html-page': true,
  'wrong-content-type': true,
  'truncate-listing': true,
  'repeat-entries': true,
  delay: true,
  'expire-token': true,
  lose: true,
  repeat: true,
  reorder: true,
};
const matchMembers: Record<keyof FaultMatch, true> = {
  provider: true,
  operation: true,
  method: true,
  path: true,
  calendarId: true,
  account: true,
  channelId: true,
};

/** A rule with a slip of the pen would never fire, and a test would pass for the wrong reason. */
function assertWish({ match = {}, effect, times }: FaultWish): void {
  if (!Object.hasOwn(effectKinds, effect?.kind)) throw new Error(`no effect ${effect?.kind}`);
  if (effect.kind === 'status' && !Number.isInteger(effect.status)) {
    throw new Error('an effect of kind status needs a status');
  }
  const stranger = Object.keys(match).find((name) => !Object.hasOwn(matchMembers, name));
  if (stranger) throw new Error(`a rule cannot match by ${stranger}`);
  if (times !== undefined && times !== 'always' && !Number.isInteger(times)) {
    throw new Error('times is a whole number, or always');
  }
}

function fires(rule: FaultRule, random: () => number): boolean {
  const { nth = 1, chance } = rule;
  const times = rule.times ?? (chance === undefined ? 1 : 'always');
  if (rule.matchCount < nth) return false;
  if (times !== 'always' && rule.fireCount >= times) return false;
  return chance === undefined || random() < chance;
}

function fits(match: FaultMatch, path: RegExp | null, call: CallShape): boolean {
  const isSame = (wanted: string | undefined, actual: string | null) =>
    wanted === undefined || wanted === actual;
  return (
    isSame(match.provider, call.provider) &&
    isSame(match.operation, call.operation) &&
    isSame(match.method, call.method) &&
    (match.calendarId === undefined || isSameCalendar(match.calendarId, call)) &&
    isSame(match.channelId, call.channelId) &&
    (isSame(match.account, call.accountId) || isSame(match.account, call.accountEmail)) &&
    // A rule that names no operation is about the API, not about calls to the application.
    (match.operation !== undefined || isNotification(call) === isAboutNotifications(match)) &&
    (path === null || path.test(call.url))
  );
}

/** Source: calendars, id: of the primary calendar it is the address; `primary` stands for it. */
function isSameCalendar(wanted: string, { provider, calendarId, accountEmail }: CallShape) {
  if (provider !== 'google') return wanted === calendarId;
  const idOf = (name: string | null) =>
    (name === 'primary' ? (accountEmail ?? name) : name)?.toLowerCase();
  return idOf(wanted) === idOf(calendarId);
}

const isNotification = (call: CallShape) => call.operation === 'notification';
const isAboutNotifications = (match: FaultMatch) => match.channelId !== undefined;
