import type { ConnectionId, TenantId } from '../calendar/ids.ts';
import type { AccessToken } from '../providers/provider.ts';
import { ProviderError } from '../providers/provider-error.ts';
import { findConnection } from '../store/connections.ts';
import type { ConnectionRow } from '../store/database.ts';
import { SealError, unseal } from '../store/sealed.ts';
import { inTenant } from '../store/tenant.ts';
import { claimRefresh } from '../store/token-refresh.ts';
import type { Engine } from './engine.ts';
import { markReadable, markUnreadable, refreshNow } from './refresh-tokens.ts';

/** A token that ends sooner than this is refreshed before it is used. */
const RENEW_BEFORE_MS = 5 * 60_000;
/** Longer than the one call of a refresh may take (30 s): a claim that is over was crashed on. */
const CLAIM_MS = 45_000;
/** Long enough to see a crashed refresher's claim end and to refresh in its place. */
const WAIT_MAX_MS = CLAIM_MS + 15_000;
const POLL_MS = 50;
const POLL_MAX_MS = 1_000;

export interface ConnectionRef {
  tenantId: TenantId;
  connectionId: ConnectionId;
}

/** An access token, and which of the connection's successive ones it is. */
interface Held {
  accessToken: AccessToken;
  version: number;
}

/**
 * Runs `work` with a live access token: refreshed when it ends within five minutes, and once more,
 * with one repetition of `work`, when the provider rejects it (`token-rejected`: the call had no
 * effect). However many workers want it, one refreshes; no transaction is open meanwhile.
 *
 * Throws what `work` throws, and `ProviderError`: `connection-revoked` when a person has to
 * reconnect (or has disconnected), `misconfigured`, `unavailable`, `rate-limited`, and
 * `malformed-answer` for what the token endpoint said: that is not about what `work` asks for.
 *
 * `isStopping`: for taking the connection down, when it is not active any more. `known`: the
 * connection as it was just read.
 */
export async function withAccessToken<T>(
  engine: Engine,
  connection: ConnectionRef,
  work: (accessToken: AccessToken) => Promise<T>,
  { isStopping = false, known }: { isStopping?: boolean; known?: ConnectionRow | undefined } = {},
): Promise<T> {
  const held = await holdToken(engine, connection, { isStopping, rejectedVersion: null, known });
  try {
    return await work(held.accessToken);
  } catch (error) {
    if (!(error instanceof ProviderError) || error.kind !== 'token-rejected') throw error;
    const rejectedVersion = held.version;
    const renewed = await holdToken(engine, connection, { isStopping, rejectedVersion });
    return work(renewed.accessToken);
  }
}

async function holdToken(
  engine: Engine,
  ref: ConnectionRef,
  demand: {
    isStopping: boolean;
    rejectedVersion: number | null;
    known?: ConnectionRow | undefined;
  },
): Promise<Held> {
  const { runtime } = engine;
  const deadline = runtime.now() + WAIT_MAX_MS;
  let first: ConnectionRow | undefined;
  const watch: Watch = { version: null, until: null, changeCount: 0 };
  for (let polls = 0; runtime.now() < deadline; polls++) {
    const known = polls === 0 ? demand.known : undefined;
    const row = requireUsable(known ?? (await readConnection(engine, ref)), ref, demand);
    first ??= row;
    if (isUsable(row, first, demand.rejectedVersion, runtime.now())) {
      return openStored(engine, ref, row);
    }
    const version = row.token_version;
    if (await claim(engine, ref, version)) {
      const accessToken = await refreshNow(engine, ref, row);
      if (accessToken !== null) return { accessToken, version: version + 1 };
      // Somebody stored newer tokens meanwhile: look at those.
      continue;
    }
    watchClaim(row, watch, runtime.now());
    const pollMs = Math.min(POLL_MS * 2 ** Math.min(polls, 10), POLL_MAX_MS);
    await runtime.sleep(pollMs * (0.5 + runtime.random()));
  }
  throw new ProviderError('unavailable', 'waited too long for another worker to refresh a token');
}

const readConnection = (engine: Engine, { tenantId, connectionId }: ConnectionRef) =>
  inTenant(engine.store, { tenantId }, (tx) => findConnection(tx, connectionId));

/** The connection, if it may be used at all. */
function requireUsable(
  row: ConnectionRow | undefined,
  { connectionId }: ConnectionRef,
  { isStopping }: { isStopping: boolean },
): ConnectionRow {
  const isMeant = row && (row.is_active || isStopping);
  if (!isMeant || row.state === 'disconnected' || row.state === 'needs_reconnect') {
    const code = row?.state ?? 'deleted';
    throw new ProviderError('connection-revoked', `connection ${connectionId} is ${code}`, {
      code,
    });
  }
  return row;
}

/**
 * Whether the stored token will do. One that came while we waited does even when it is short-lived:
 * a provider that gives five minutes only must not be asked for ever.
 */
function isUsable(
  row: ConnectionRow,
  first: ConnectionRow,
  rejectedVersion: number | null,
  now: number,
): boolean {
  if (row.access_token === null || row.token_version === rejectedVersion) return false;
  const leftMs = (row.token_expires_at?.getTime() ?? 0) - now;
  return leftMs > (row.token_version === first.token_version ? RENEW_BEFORE_MS : 0);
}

async function openStored(engine: Engine, ref: ConnectionRef, row: ConnectionRow): Promise<Held> {
  const { tenantId, connectionId } = ref;
  const binding = { tenantId, rowId: connectionId, column: 'access_token' } as const;
  let accessToken: AccessToken;
  try {
    accessToken = unseal(engine.keys.ring, binding, row.access_token ?? '');
  } catch (error) {
    if (error instanceof SealError) throw await markUnreadable(engine, ref, row, error);
    throw error;
  }
  if (row.state === 'misconfigured' && row.state_reason === 'token-unreadable') {
    // The key is back.
    await markReadable(engine, ref, row);
  }
  return { accessToken, version: row.token_version };
}

async function claim(engine: Engine, ref: ConnectionRef, version: number): Promise<boolean> {
  const now = engine.runtime.now();
  const period = { now: new Date(now), until: new Date(now + CLAIM_MS) };
  const { connectionId } = ref;
  return inTenant(engine.store, ref, (tx) => claimRefresh(tx, { connectionId, version }, period));
}

/** What a waiting worker has seen of others' claims to refresh one and the same token. */
interface Watch {
  version: number | null;
  until: Date | null;
  changeCount: number;
}

/**
 * Watches others' claims. One that ended before its time, no new token having come, was a refresh
 * that failed: to try again at once would only repeat it. One that took the place of a crashed one
 * is waited for, but not a third. Throws what the others threw, as far as the row tells.
 */
function watchClaim(row: ConnectionRow, watch: Watch, now: number): void {
  if (watch.version !== row.token_version) {
    Object.assign(watch, { version: row.token_version, until: null, changeCount: 0 });
  }
  const current = row.refresh_locked_until;
  const seen = watch.until;
  if (seen !== null && current?.getTime() === seen.getTime()) return;
  watch.until = current;
  if (seen === null) return;
  watch.changeCount++;
  if (seen.getTime() <= now && watch.changeCount < 2) return;
  const retryAfterMs = Math.max((current?.getTime() ?? now) - now, 1_000);
  const kind = row.state === 'misconfigured' ? 'misconfigured' : 'unavailable';
  throw new ProviderError(kind, 'another worker could not refresh the token', { retryAfterMs });
}
