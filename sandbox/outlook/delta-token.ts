import type { World } from '../world.ts';
import type { Call } from './call.ts';
import { GraphError } from './graph-error.ts';

/** Everything a round needs to go on; the window is frozen into it. */
export interface DeltaToken {
  calendarKey: string;
  from: number;
  to: number;
  /** Changes up to this one are known to the client; 0 begins with a full listing. */
  since: number;
  /** The last change that an earlier page of this round answered. */
  after: number;
  /** The round ends with this change; later ones belong to the next round. */
  until: number;
  /** This page is to be empty: Graph sends such pages between others. */
  isEmptyPage: boolean;
  issuedAt: number;
}

export function writeToken(token: DeltaToken): string {
  return Buffer.from(JSON.stringify(token)).toString('base64url');
}

/** Throws what a client must answer with a full round. Source: delta-query-overview; errors. */
export function readToken(call: Call, text: string): DeltaToken {
  let token: DeltaToken;
  try {
    token = JSON.parse(Buffer.from(text, 'base64url').toString('utf8')) as DeltaToken;
  } catch {
    throw new GraphError(400, 'SyncStateInvalid', 'The sync state is invalid.');
  }
  if (typeof token.calendarKey !== 'string' || typeof token.until !== 'number') {
    throw new GraphError(400, 'SyncStateInvalid', 'The sync state is invalid.');
  }
  if (isEvicted(call.world, token)) throw expired(call, token);
  return token;
}

/**
 * Outlook's tokens live as long as a cache holds them: no figure is published, so that switches
 * decide.
 */
function isEvicted(world: World, { issuedAt }: DeltaToken): boolean {
  const lifetimeMinutes = world.getSwitch('outlook.deltaTokenLifetimeMinutes', 0);
  const age = world.runtime.now() - issuedAt;
  return (
    world.getSwitch('outlook.deltaTokensAlwaysExpired', false) ||
    issuedAt < world.getSwitch('outlook.deltaTokensValidFrom', 0) ||
    (lifetimeMinutes > 0 && age > lifetimeMinutes * 60_000)
  );
}

function expired(call: Call, { from, to }: DeltaToken): GraphError {
  if (call.world.getSwitch('outlook.deltaExpiredStatus', 410) !== 410) {
    return new GraphError(400, 'SyncStateNotFound', 'The delta token is expired.');
  }
  const window = Number.isFinite(from)
    ? `startDateTime=${new Date(from).toISOString()}&endDateTime=${new Date(to).toISOString()}&`
    : '';
  return new GraphError(410, 'resyncRequired', 'Resync required: start again without a token.', {
    headers: { Location: `${call.origin}${call.pathname}?${window}$deltatoken=` },
  });
}
