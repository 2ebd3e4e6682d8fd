import { createHash } from 'node:crypto';
import type { ConnectionId, TenantId, UserId } from '../calendar/ids.ts';
import type { NewGrant, Provider, ProviderName } from '../providers/provider.ts';
import { ProviderError, type ProviderErrorKind } from '../providers/provider-error.ts';
import { addAudit } from '../store/audit.ts';
import { wakeCopies } from '../store/connection-links.ts';
import {
  findConnection,
  insertConnection,
  isAccountInUse,
  lockConnectionOfAccount,
  reviveConnection,
  setConnectionReason,
} from '../store/connections.ts';
import { type ListedCalendar, saveCalendars } from '../store/calendars.ts';
import { beginSync } from '../store/first-sync.ts';
import { notifyPages } from '../store/notify.ts';
import { insertOauthState, type OauthStateRow } from '../store/oauth-states.ts';
import { seal, SealError, unseal } from '../store/sealed.ts';
import { inTenant, type TenantTransaction } from '../store/tenant.ts';
import type { Engine } from './engine.ts';
import { openRefreshToken, sealTokens } from './refresh-tokens.ts';

/** How long a person may take at the provider's consent page. */
const STATE_LIFETIME_MS = 10 * 60_000;

export interface ConnectRequest {
  tenantId: TenantId;
  userId: UserId;
  /** Of the browser's session: only there may the consent come back. */
  sessionHash: string;
  provider: Provider;
  redirectUri: string;
  /** The connection to reconnect; the same account is expected back. */
  reconnect: { id: ConnectionId; email: string } | null;
  /** Whether to ask for consent even where it was given: see `consent-again`. */
  forceConsent?: boolean;
}

/**
 * Begins a consent and answers the provider's page for it. State, PKCE verifier and nonce are new
 * each time; the state is stored as a hash and the verifier sealed.
 */
export async function startConnect(engine: Engine, request: ConnectRequest): Promise<URL> {
  const { tenantId, userId, sessionHash, provider, redirectUri, reconnect } = request;
  const { forceConsent = false } = request;
  const { runtime, keys } = engine;
  const [state, nonce, codeVerifier] = [random(engine), random(engine), random(engine)];
  const id = runtime.newId();
  const now = runtime.now();
  await inTenant(engine.store, { tenantId }, (tx) =>
    insertOauthState(tx, {
      id,
      userId,
      provider: provider.name,
      stateHash: hashState(state),
      sessionHash,
      sealedVerifier: seal(
        keys.ring,
        { tenantId, rowId: id, column: 'code_verifier' },
        codeVerifier,
      ),
      nonce,
      connectionId: reconnect?.id ?? null,
      now: new Date(now),
      expiresAt: new Date(now + STATE_LIFETIME_MS),
    }),
  );
  return provider.buildAuthorizeUrl({
    redirectUri,
    state,
    nonce,
    codeChallenge: createHash('sha256').update(codeVerifier).digest('base64url'),
    loginHint: reconnect?.email ?? null,
    forceConsent,
  });
}

const random = (engine: Engine) => engine.runtime.randomBytes(32).toString('base64url');

/** As states are stored: SHA-256 in hex. */
export const hashState = (state: string) => createHash('sha256').update(state).digest('hex');

/** How a return from the provider ended. */
export type ConnectOutcome =
  /** `reconnected`: it had been begun before, and goes on by itself. */
  | { result: 'connected' | 'reconnected'; connectionId: ConnectionId }
  /**
   * No refresh token came, and none is kept: Google gives one only with a consent, and this one
   * was given earlier. Forcing it from the start would be wrong at Microsoft, where people of a
   * company whose admin consented for all may not consent themselves.
   */
  | { result: 'consent-again' }
  /** `missing`: the permissions that were not given, in plain words. */
  | { result: 'missing-permission'; missing: string[] }
  | { result: 'different-account' | FailureResult };

/**
 * Exchanges the code of a consumed state and stores the connection with its calendars, and what is
 * to go on where it had been begun before, all in one transaction at the end: whatever fails before leaves nothing.
 * The same account again is the same connection, from whatever state it was in.
 */
export async function finishConnect(
  engine: Engine,
  provider: Provider,
  flow: OauthStateRow,
  answer: { code: string; redirectUri: string },
): Promise<ConnectOutcome> {
  const askedAt = engine.runtime.now();
  let grant: NewGrant;
  try {
    grant = await provider.exchangeCode({
      ...answer,
      codeVerifier: openVerifier(engine, flow),
      nonce: flow.nonce,
    });
  } catch (error) {
    return { result: resultOfFailure(engine, flow, error) };
  }
  const outcome = await admit(engine, provider, flow, { ...grant, askedAt });
  const isKept = ['connected', 'reconnected', 'consent-again'].includes(outcome.result);
  if (!isKept) await discardGrant(engine, provider, flow, grant);
  return outcome;
}

type TimedGrant = NewGrant & { askedAt: number };

async function admit(
  engine: Engine,
  provider: Provider,
  flow: OauthStateRow,
  grant: TimedGrant,
): Promise<ConnectOutcome> {
  if (grant.missingPermissions.length > 0) {
    return { result: 'missing-permission', missing: grant.missingPermissions };
  }
  if (!(await isExpectedAccount(engine, flow, grant))) return { result: 'different-account' };
  try {
    const calendars = await provider.listCalendars(grant.accessToken);
    const scope = { tenantId: flow.tenant_id };
    return await inTenant(engine.store, scope, (tx) => store(engine, tx, flow, grant, calendars));
  } catch (error) {
    return { result: resultOfFailure(engine, flow, error) };
  }
}

async function isExpectedAccount(
  engine: Engine,
  { tenant_id, connection_id, provider, user_id }: OauthStateRow,
  { account }: NewGrant,
): Promise<boolean> {
  if (connection_id === null) return true;
  const expected = await inTenant(engine.store, { tenantId: tenant_id }, (tx) =>
    findConnection(tx, connection_id),
  );
  return (
    expected?.account_id === account.id &&
    expected.provider === provider &&
    expected.user_id === user_id
  );
}

async function store(
  engine: Engine,
  tx: TenantTransaction,
  flow: OauthStateRow,
  grant: TimedGrant,
  calendars: readonly ListedCalendar[],
): Promise<ConnectOutcome> {
  const { newId } = engine.runtime;
  const now = new Date(engine.runtime.now());
  const connectionId = await storeTokens(engine, tx, flow, grant, now);
  if (!connectionId) return { result: 'consent-again' };

  const { canWrite } = await saveCalendars(tx, { connectionId, calendars, now, newId });
  await wakeCopies(tx, { connectionId, now, newId });
  if (!canWrite) await setConnectionReason(tx, connectionId, 'no-writable-calendar', now);
  // Only what was begun goes on by itself: at first a person looks at the preview.
  const isBegun = Boolean((await findConnection(tx, connectionId))?.first_sync_at);
  if (isBegun) await beginSync(tx, { connectionId, now, newId });
  await notifyPages(tx, 'connections');
  await notifyPages(tx, 'activities');
  const result = isBegun ? 'reconnected' : 'connected';
  const { user_id: userId, provider } = flow;
  const account = grant.account.email;
  await addAudit(tx, { action: result, account, provider, userId, now, newId });
  return { result, connectionId };
}

/** Answers the connection's id; undefined when there is no refresh token, neither new nor kept. */
async function storeTokens(
  engine: Engine,
  tx: TenantTransaction,
  flow: OauthStateRow,
  grant: TimedGrant,
  now: Date,
): Promise<ConnectionId | undefined> {
  const key = { user_id: flow.user_id, provider: flow.provider, account_id: grant.account.id };
  const sealFor = (connectionId: ConnectionId, refreshToken: string) => ({
    email: grant.account.email,
    grantedScopes: grant.grantedScopes,
    tokens: sealTokens(
      engine.keys,
      { tenantId: flow.tenant_id, connectionId },
      { ...grant, refreshToken },
      grant.askedAt,
    ),
    now,
  });

  const known = await lockConnectionOfAccount(tx, key);
  if (!known) {
    if (grant.refreshToken === null) return undefined;
    const id = engine.runtime.newId() as ConnectionId;
    const isNew = await insertConnection(tx, { id, ...key, ...sealFor(id, grant.refreshToken) });
    // Another return of the same person made it between our two statements, and committed.
    return isNew ? id : storeTokens(engine, tx, flow, grant, now);
  }
  const refreshToken = grant.refreshToken ?? findKeptToken(engine, known);
  if (refreshToken === null) return undefined;
  await reviveConnection(tx, known.id, sealFor(known.id, refreshToken));
  return known.id;
}

function findKeptToken(engine: Engine, row: Parameters<typeof openRefreshToken>[2]): string | null {
  if (row.refresh_token === null || row.state === 'needs_reconnect') return null;
  try {
    return openRefreshToken(engine.keys, { tenantId: row.tenant_id, connectionId: row.id }, row);
  } catch (error) {
    if (error instanceof SealError) return null;
    throw error;
  }
}

function openVerifier({ keys }: Engine, { tenant_id, id, code_verifier }: OauthStateRow): string {
  const binding = { tenantId: tenant_id, rowId: id, column: 'code_verifier' } as const;
  return unseal(keys.ring, binding, code_verifier);
}

/**
 * Gives a grant back that we do not keep, unless a connection lives on the same account: Google
 * revokes all that the account gave us, not just one token. Failing at it changes nothing.
 */
async function discardGrant(
  engine: Engine,
  provider: Provider,
  flow: OauthStateRow,
  grant: NewGrant,
): Promise<void> {
  if (!provider.capabilities.canRevoke) return;
  const account = { provider: flow.provider, account_id: grant.account.id };
  try {
    const isInUse = await inTenant(engine.store, { tenantId: flow.tenant_id }, (tx) =>
      isAccountInUse(tx, account, null),
    );
    if (!isInUse) await provider.revokeGrant(grant.refreshToken ?? grant.accessToken);
  } catch (error) {
    const kind = error instanceof ProviderError ? error.kind : 'failed';
    engine.runtime.log.warn({ provider: flow.provider, kind }, 'a grant was not given back');
  }
}

type FailureResult = 'wrong-code' | 'misconfigured' | 'provider-down' | 'failed';

/** What the person is told. `Record` keeps this total. */
const resultOf: Record<ProviderErrorKind, FailureResult> = {
  'rate-limited': 'provider-down',
  'slowed-after-write': 'provider-down',
  unavailable: 'provider-down',
  // `invalid_grant`, at the exchange: the code is used, ended, or belongs to another flow.
  'connection-revoked': 'wrong-code',
  'token-rejected': 'failed',
  misconfigured: 'misconfigured',
  'access-lost': 'failed',
  gone: 'failed',
  'changed-meanwhile': 'failed',
  'already-exists': 'failed',
  'sync-token-expired': 'failed',
  refused: 'failed',
  'malformed-answer': 'failed',
};

function resultOfFailure(engine: Engine, flow: OauthStateRow, error: unknown): FailureResult {
  const { log } = engine.runtime;
  const provider: ProviderName = flow.provider;
  if (error instanceof ProviderError) {
    const level = error.kind === 'misconfigured' ? 'error' : 'warn';
    log[level]({ provider, kind: error.kind, code: error.code }, 'a consent came to nothing');
    return resultOf[error.kind];
  }
  const name = error instanceof Error ? error.name : 'unknown';
  log.error({ provider, error: name }, 'a consent failed in us');
  return 'failed';
}
