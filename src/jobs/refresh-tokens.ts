import type { AccessToken, Provider, Tokens } from '../providers/provider.ts';
import { ProviderError } from '../providers/provider-error.ts';
import { wakeCopies } from '../store/connection-links.ts';
import type { SealedTokens } from '../store/connections.ts';
import type { ConnectionRow } from '../store/database.ts';
import type { Keys } from '../store/keys.ts';
import { notifyPages } from '../store/notify.ts';
import { planOutageMail } from '../store/outage-mails.ts';
import { SealError, seal, unseal } from '../store/sealed.ts';
import { inTenant } from '../store/tenant.ts';
import { postponeRefresh, setStateByTokens, storeRefreshed } from '../store/token-refresh.ts';
import type { ConnectionRef } from './access-token.ts';
import type { Engine } from './engine.ts';

/**
 * After a refresh that failed for no fault of the grant, nobody tries again sooner. Shorter than the
 * jobs' own back-off, whose next try should not have to wait here.
 */
const AFTER_FAILURE_MS = 1_000;
const AFTER_FAILURE_MAX_MS = 5 * 60_000;

/**
 * Refreshes the connection's tokens; the caller holds the claim. Answers the new access token, or
 * null when others were stored meanwhile: then those count, also if these were refused.
 *
 * Throws `ProviderError`. The refresh token we have stays unless its successor is stored, so a
 * lost answer costs nothing where the provider still takes the old one.
 */
export async function refreshNow(
  engine: Engine,
  ref: ConnectionRef,
  row: ConnectionRow,
): Promise<AccessToken | null> {
  const askedAt = engine.runtime.now();
  let tokens: Tokens;
  let refreshToken: string;
  try {
    refreshToken = openRefreshToken(engine.keys, ref, row);
    tokens = await getProvider(engine, row).refreshTokens(refreshToken);
  } catch (error) {
    return settleFailure(engine, ref, row, error);
  }
  const kept = { ...tokens, refreshToken: tokens.refreshToken ?? refreshToken };
  const sealed = sealTokens(engine.keys, ref, kept, askedAt);
  const isStored = await store(engine, ref, row, sealed);
  return isStored ? tokens.accessToken : null;
}

/** Seals a pair of tokens for its connection. `askedAt`: when they were asked for, in ms. */
export function sealTokens(
  keys: Keys,
  { tenantId, connectionId }: ConnectionRef,
  tokens: Tokens & { refreshToken: string },
  askedAt: number,
): SealedTokens {
  const binding = { tenantId, rowId: connectionId };
  return {
    accessToken: seal(keys.ring, { ...binding, column: 'access_token' }, tokens.accessToken),
    refreshToken: seal(keys.ring, { ...binding, column: 'refresh_token' }, tokens.refreshToken),
    expiresAt: new Date(askedAt + tokens.expiresInSeconds * 1000),
  };
}

/** Throws `SealError`. */
export function openRefreshToken(
  keys: Keys,
  { tenantId, connectionId }: ConnectionRef,
  row: ConnectionRow,
): string {
  const binding = { tenantId, rowId: connectionId, column: 'refresh_token' } as const;
  return unseal(keys.ring, binding, row.refresh_token ?? '');
}

export function getProvider(engine: Engine, { provider: name }: ConnectionRow): Provider {
  const provider = engine.providers.get(name);
  if (!provider) throw new ProviderError('misconfigured', `${name} is not configured here`);
  return provider;
}

async function store(
  engine: Engine,
  ref: ConnectionRef,
  row: ConnectionRow,
  sealed: SealedTokens,
): Promise<boolean> {
  const { connectionId } = ref;
  const now = new Date(engine.runtime.now());
  return inTenant(engine.store, ref, async (tx) => {
    const stateBefore = await storeRefreshed(tx, seen(row), sealed, now);
    if (stateBefore === null) return false;
    if (stateBefore !== 'active') {
      await wakeCopies(tx, { connectionId, now, newId: engine.runtime.newId });
      await notifyPages(tx, 'connections');
    }
    return true;
  });
}

/** Writes down what a failed refresh means. Answers null if the tokens moved on; else throws. */
async function settleFailure(
  engine: Engine,
  ref: ConnectionRef,
  row: ConnectionRow,
  error: unknown,
): Promise<null> {
  const { log } = engine.runtime;
  const { connectionId } = ref;
  if (error instanceof SealError) throw await markUnreadable(engine, ref, row, error);
  if (!(error instanceof ProviderError)) {
    await postpone(engine, ref, row, AFTER_FAILURE_MS);
    throw error;
  }
  log.warn({ connectionId, kind: error.kind, code: error.code }, 'a token was not refreshed');
  if (error.kind === 'connection-revoked') {
    const change = { state: 'needs_reconnect', reason: 'grant-ended' } as const;
    if (!(await setState(engine, ref, row, change))) return null;
    throw error;
  }
  if (error.kind === 'misconfigured') {
    log.error({ provider: row.provider, code: error.code }, 'the provider refuses our client');
    await setState(engine, ref, row, { state: 'misconfigured', reason: 'client-refused' });
  }
  const waitMs = Math.min(error.retryAfterMs ?? AFTER_FAILURE_MS, AFTER_FAILURE_MAX_MS);
  await postpone(engine, ref, row, waitMs);
  throw error;
}

/**
 * A token that does not open is the operator's to mend (a key is missing) or the user's (by
 * reconnecting); it is kept. Answers the error to throw.
 */
export async function markUnreadable(
  engine: Engine,
  ref: ConnectionRef,
  row: ConnectionRow,
  cause: SealError,
): Promise<ProviderError> {
  const { connectionId } = ref;
  engine.runtime.log.error({ connectionId, reason: cause.message }, 'a token cannot be opened');
  await setState(engine, ref, row, { state: 'misconfigured', reason: 'token-unreadable' });
  await postpone(engine, ref, row, AFTER_FAILURE_MS);
  return new ProviderError('misconfigured', `a token of ${connectionId} cannot be opened`, {
    cause,
  });
}

/** The tokens open again: the missing key came back. */
export async function markReadable(
  engine: Engine,
  ref: ConnectionRef,
  row: ConnectionRow,
): Promise<void> {
  await setState(engine, ref, row, { state: 'active', reason: null });
}

async function setState(
  engine: Engine,
  ref: ConnectionRef,
  row: ConnectionRow,
  change: Pick<Parameters<typeof setStateByTokens>[2], 'state' | 'reason'>,
): Promise<boolean> {
  const now = new Date(engine.runtime.now());
  return inTenant(engine.store, ref, async (tx) => {
    const isSet = await setStateByTokens(tx, seen(row), { ...change, now });
    if (isSet && change.state === 'needs_reconnect') {
      await planOutageMail(tx, { connectionId: row.id, now, id: engine.runtime.newId() });
    }
    if (isSet) await notifyPages(tx, 'connections');
    return isSet;
  });
}

async function postpone(
  engine: Engine,
  ref: ConnectionRef,
  row: ConnectionRow,
  waitMs: number,
): Promise<void> {
  const until = new Date(engine.runtime.now() + waitMs);
  await inTenant(engine.store, ref, (tx) => postponeRefresh(tx, seen(row), until));
}

const seen = (row: ConnectionRow) => ({ connectionId: row.id, version: row.token_version });
