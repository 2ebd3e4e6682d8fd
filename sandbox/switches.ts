import type { Switches } from './world.ts';

/** What a switch takes; a list names its only values. Numbers are counted from 0 on. */
type SwitchKind = 'boolean' | 'number' | readonly string[];

/** Every switch there is. What each decides is in DIFFERENCES.md and README.md. */
export const switchKinds: Record<string, SwitchKind> = {
  'google.seriesSharesEtag': 'boolean',
  'google.orphanedExceptions': ['cancel', 'keep'],
  'google.startAlwaysOccurs': 'boolean',
  'google.noopChangesEtag': 'boolean',
  'google.refuseLowerSequence': 'boolean',
  'google.ifMatchStar': 'boolean',
  'google.deltasAreWindowed': 'boolean',
  'google.emptyPageEvery': 'number',
  'google.tombstoneDays': 'number',
  'google.syncTokenDays': 'number',
  'google.updatedMinDays': 'number',
  'google.expansionYears': 'number',
  'google.cancelledInstanceMonths': 'number',
  'google.channelLifeMaxSeconds': 'number',
  'google.pushDelayMs': 'number',
  'google.pushRetryMs': 'number',
  'google.pushTrickleMs': 'number',
  'google.pushLossRate': 'number',
  'google.stopUnknownChannel': 'number',
  'google.conferenceDelayMs': 'number',
  'google.conferenceFails': 'boolean',
  'google.quotaPerUser': 'number',
  'google.quotaPerProject': 'number',
  'google.rateLimitStatus': 'number',
  'google.retryAfterSeconds': 'number',
  'google.externalGuestsMax': 'number',
  'google.batchReversed': 'boolean',
  'google.batchConflicts': 'boolean',
  'outlook.repeatedCreateStatus': 'number',
  'outlook.clockChangeDropsExceptions': 'boolean',
  'outlook.unchangedTimesCrossBoundary': 'boolean',
  'outlook.occurrenceHasOwnICalUId': 'boolean',
  'outlook.knowsExceptionOccurrences': 'boolean',
  'outlook.cancelledCopiesStay': 'boolean',
  'outlook.timeChangeResetsResponses': 'boolean',
  'outlook.deltaPageSize': 'number',
  'outlook.deltaEmptyPages': 'boolean',
  'outlook.deltaReplays': 'boolean',
  'outlook.deltaTokenLifetimeMinutes': 'number',
  'outlook.deltaTokensValidFrom': 'number',
  'outlook.deltaTokensAlwaysExpired': 'boolean',
  'outlook.deltaExpiredStatus': 'number',
  'outlook.deltaEndlessSeriesMaxDays': 'number',
  'outlook.eventsDeltaInV1': 'boolean',
  'outlook.notificationsPerChange': 'number',
  'outlook.notificationDelayMs': 'number',
  'outlook.notificationBudgetMs': 'number',
  'outlook.slowEndpointDelayMs': 'number',
  'outlook.longSubscriptionsAreShortened': 'boolean',
  'outlook.concurrentRequests': 'number',
  'outlook.requestsPerTenMinutes': 'number',
  'outlook.appRequestsPerTenSeconds': 'number',
  'outlook.batchPartsAtOnce': 'number',
  'outlook.latencyMs': 'number',
  'outlook.failureRate': 'number',
  'outlook.failureAfterWriteRate': 'number',
  'google.oauth.redirect-parameters': 'boolean',
  'google.oauth.id-token-on-refresh': 'boolean',
  'google.oauth.access-token-lifetime-s': 'number',
  'google.oauth.time-limited-access-s': 'number',
  'outlook.oauth.strict-rotation': 'boolean',
  'outlook.oauth.session-state': 'boolean',
  'outlook.oauth.scope-form': ['short', 'full'],
  'outlook.oauth.returns-offline-access': 'boolean',
  'outlook.oauth.access-token-lifetime-s': 'number',
};

/**
 * Throws for a name that no switch has, with the nearest that one has, and for a value of the wrong
 * type: a switch with a slip of the pen would do nothing, and a test would pass for the wrong reason.
 */
export function assertSwitches(switches: Switches): void {
  for (const [name, value] of Object.entries(switches)) assertSwitch(name, value);
}

export function assertSwitch(name: string, value: unknown): void {
  const kind = Object.hasOwn(switchKinds, name) ? switchKinds[name] : undefined;
  if (kind === undefined) {
    throw new Error(`no switch '${name}'; did you mean ${findNearest(name).join(', or ')}?`);
  }
  if (!fits(kind, value)) {
    throw new Error(`the switch ${name} takes ${describe(kind)}, not ${JSON.stringify(value)}`);
  }
}

function fits(kind: SwitchKind, value: unknown): boolean {
  if (kind === 'number') return typeof value === 'number' && value >= 0 && Number.isFinite(value);
  if (kind === 'boolean') return typeof value === 'boolean';
  return typeof value === 'string' && kind.includes(value);
}

function describe(kind: SwitchKind): string {
  if (kind === 'number') return 'a number from 0 on';
  return kind === 'boolean' ? 'true or false' : kind.join(' or ');
}

/** A name may also lack what stands before its last dot. */
function findNearest(wanted: string): string[] {
  const rank = (name: string) =>
    Math.min(countSlips(wanted, name), countSlips(wanted, name.split('.').at(-1) ?? ''));
  return Object.keys(switchKinds)
    .map((name) => ({ name, slips: rank(name) }))
    .sort((a, b) => a.slips - b.slips)
    .slice(0, 3)
    .map(({ name }) => name);
}

/** Letters to add, drop or replace until one text is the other, whatever their case. */
function countSlips(from: string, to: string): number {
  const [a, b] = [from.toLowerCase(), to.toLowerCase()];
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
