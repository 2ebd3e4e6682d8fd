/** Requests per sliding minute: by project, and by user of a project. Source: guides/quota. */

import type { Call } from './call.ts';
import { GoogleError } from './errors.ts';
import type { GoogleState } from './state.ts';

const PER_PROJECT = 10_000;
const PER_USER = 600;
const WINDOW_S = 60;

/** Counts the units; throws 403 (or 429, by switch) when a quota is used up. */
export function checkQuota(call: Call, units: number): void {
  const { state, caller, world } = call;
  const second = Math.floor(call.now / 1000);
  // Source: the parameter `quotaUser` of every method: any name that stands for a user.
  const user = call.query.text('quotaUser') || caller.account.id;
  const userKey = `${caller.clientId} ${user}`;
  if (used(state, userKey, second) + units > world.getSwitch('google.quotaPerUser', PER_USER)) {
    throw rateLimit(call, 'userRateLimitExceeded', 'User Rate Limit Exceeded');
  }
  const perProject = world.getSwitch('google.quotaPerProject', PER_PROJECT);
  if (used(state, caller.clientId, second) + units > perProject) {
    throw rateLimit(call, 'rateLimitExceeded', 'Rate Limit Exceeded');
  }
  count(state, userKey, second, units);
  count(state, caller.clientId, second, units);
}

/** Over the quota either status is possible; 429 always says `rateLimitExceeded`. */
function rateLimit(call: Call, reason: string, message: string): GoogleError {
  const status = call.world.getSwitch<number>('google.rateLimitStatus', 403);
  const place = { domain: 'usageLimits' };
  return status === 429
    ? new GoogleError(429, 'rateLimitExceeded', 'Rate Limit Exceeded', place)
    : new GoogleError(status, reason, message, place);
}

/** Units of the last minute; one bucket for each second. */
function used(state: GoogleState, key: string, second: number): number {
  let sum = 0;
  for (const bucket of state.quota.get(key) ?? []) {
    if (bucket.at > second - WINDOW_S) sum += bucket.units;
  }
  return sum;
}

function count(state: GoogleState, key: string, second: number, units: number): void {
  const buckets = state.quota.get(key) ?? [];
  const last = buckets.at(-1);
  if (last?.at === second) {
    last.units += units;
    return;
  }
  buckets.push({ at: second, units });
  while ((buckets[0]?.at ?? second) <= second - WINDOW_S) buckets.shift();
  state.quota.set(key, buckets);
}
