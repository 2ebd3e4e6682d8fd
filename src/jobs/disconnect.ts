import type { AccessToken, Provider } from '../providers/provider.ts';
import { ProviderError } from '../providers/provider-error.ts';
import { addAudit } from '../store/audit.ts';
import {
  closeCopies,
  closeRemovedCopy,
  type Copy,
  deleteJobs,
  isJobRunning,
  listCopies,
  noteRemoval,
} from '../store/connection-links.ts';
import { deleteChannelsOfConnection } from '../store/channels.ts';
import {
  type ConnectionReason,
  eraseTokens,
  findConnection,
  isAccountInUse,
  lockConnection,
  stopConnection,
} from '../store/connections.ts';
import type { ConnectionRow } from '../store/database.ts';
import { notifyPages } from '../store/notify.ts';
import { SealError } from '../store/sealed.ts';
import { inTenant } from '../store/tenant.ts';
import { type ConnectionRef, withAccessToken } from './access-token.ts';
import type { Engine } from './engine.ts';
import { openRefreshToken } from './refresh-tokens.ts';
import { stopChannels } from './stop-channels.ts';

/** A person waits for the answer: copies that are not removed by then stay, and we say so. */
const REMOVING_MAX_MS = 60_000;
/** Longer than one call of a worker may take. */
const RUNNING_MAX_MS = 35_000;
const RUNNING_POLL_MS = 100;
/** More than can be removed within that minute. */
const COPIES_MAX = 5_000;
/** Microsoft takes four requests at a time for one mailbox. */
const PARALLEL_MAX = 4;

/**
 * Ends a connection: no more writes, its channels stopped, tokens erased, the grant given back where the provider can;
 * the CRM's events stay, with the ids of their copies. Doing it again changes nothing.
 *
 * With `deleteCopies` the copies are removed first, one by one, within a minute; if the process
 * dies meanwhile, the connection stays stopped and a second disconnect goes on from there.
 * Answers whether the provider was told; undefined when there is no such connection.
 */
export async function disconnect(
  engine: Engine,
  request: ConnectionRef & { deleteCopies: boolean },
): Promise<{ isRevoked: boolean } | undefined> {
  const { connectionId, deleteCopies } = request;
  const row = await inTenant(engine.store, request, (tx) => findConnection(tx, connectionId));
  if (!row) return undefined;
  if (row.state === 'disconnected') return { isRevoked: false };

  const provider = engine.providers.get(row.provider);
  const reason = deleteCopies ? await removeCopies(engine, request, provider) : null;
  await stopChannels(engine, request, provider);
  return endGrant(engine, request, reason);
}

/** Erases first and revokes then: if we die in between, no token of ours is left to be stolen. */
async function endGrant(
  engine: Engine,
  ref: ConnectionRef,
  reason: ConnectionReason | null,
): Promise<{ isRevoked: boolean }> {
  const { connectionId } = ref;
  const now = new Date(engine.runtime.now());
  const ended = await inTenant(engine.store, ref, async (tx) => {
    // Read once more here: a refresh may have rotated the token since, or a second click of the
    // same person, or a second page, may have ended it. What that one says of the copies stands.
    const row = await lockConnection(tx, connectionId);
    if (!row || row.state === 'disconnected') return undefined;
    await eraseTokens(tx, connectionId, reason, now);
    await deleteJobs(tx, connectionId);
    await deleteChannelsOfConnection(tx, connectionId);
    await closeCopies(tx, connectionId, now);
    await addAudit(tx, {
      action: 'disconnected',
      account: row.email,
      provider: row.provider,
      userId: row.user_id,
      details: { choice: reason ?? 'copies-kept' },
      now,
      newId: () => engine.runtime.newId(),
    });
    await notifyPages(tx, 'connections');
    await notifyPages(tx, 'activities');
    return { row, isShared: await isAccountInUse(tx, row, connectionId) };
  });
  if (!ended || ended.isShared) return { isRevoked: false };
  return { isRevoked: await revoke(engine, ref, ended.row) };
}

/** Tells the provider. Failing at it changes nothing here: the tokens are gone already. */
async function revoke(engine: Engine, ref: ConnectionRef, row: ConnectionRow): Promise<boolean> {
  const provider = engine.providers.get(row.provider);
  if (!provider?.capabilities.canRevoke || row.refresh_token === null) return false;
  try {
    await provider.revokeGrant(openRefreshToken(engine.keys, ref, row));
    return true;
  } catch (error) {
    if (!(error instanceof ProviderError) && !(error instanceof SealError)) throw error;
    const kind = error instanceof ProviderError ? error.kind : error.name;
    engine.runtime.log.warn({ connectionId: row.id, kind }, 'a grant was not revoked');
    return false;
  }
}

async function removeCopies(
  engine: Engine,
  ref: ConnectionRef,
  provider: Provider | undefined,
): Promise<ConnectionReason> {
  if (!provider) return 'copies-left';
  const deadline = engine.runtime.now() + REMOVING_MAX_MS;
  await inTenant(engine.store, ref, async (tx) => {
    await stopConnection(tx, ref.connectionId, new Date(engine.runtime.now()));
    await notifyPages(tx, 'connections');
  });
  await waitForRunningJob(engine, ref);

  const copies = await inTenant(engine.store, ref, (tx) =>
    listCopies(tx, ref.connectionId, COPIES_MAX),
  );
  let isWhole = copies.length < COPIES_MAX;
  const removeNext = async () => {
    for (let copy = copies.shift(); copy; copy = copies.shift()) {
      const isInTime = engine.runtime.now() < deadline;
      if (!isInTime || !(await removeCopy(engine, ref, provider, copy))) isWhole = false;
    }
  };
  await Promise.all(Array.from({ length: PARALLEL_MAX }, removeNext));
  return isWhole ? 'copies-removed' : 'copies-left';
}

/** What a worker has begun may still make a copy: its call ends first. No new one is begun. */
async function waitForRunningJob(engine: Engine, ref: ConnectionRef): Promise<void> {
  const { runtime } = engine;
  const deadline = runtime.now() + RUNNING_MAX_MS;
  const isRunning = () =>
    inTenant(engine.store, ref, (tx) =>
      isJobRunning(tx, ref.connectionId, new Date(runtime.now())),
    );
  while (runtime.now() < deadline && (await isRunning())) await runtime.sleep(RUNNING_POLL_MS);
}

/** Removes one copy; false when it may still be there. */
async function removeCopy(
  engine: Engine,
  ref: ConnectionRef,
  provider: Provider,
  copy: Copy,
): Promise<boolean> {
  // The meeting goes on, and would be called off to everybody.
  if (copy.has_guests && !provider.capabilities.canKeepSilent) return false;
  await inTenant(engine.store, ref, (tx) => noteRemoval(tx, copy));
  try {
    await withAccessToken(engine, ref, (accessToken) => eraseCopy(provider, copy, accessToken), {
      isStopping: true,
    });
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    engine.runtime.log.warn({ linkId: copy.id, kind: error.kind }, 'a copy was not removed');
    return false;
  }
  const now = new Date(engine.runtime.now());
  await inTenant(engine.store, ref, (tx) => closeRemovedCopy(tx, copy.id, now));
  return true;
}

/** The meeting goes on; only its copy is put away. */
const silently = { notify: false };

/** Changed there once more while it is being removed: a person is at it, or something of ours has just arrived. */
const ERASE_MAX = 3;

async function eraseCopy(provider: Provider, copy: Copy, accessToken: AccessToken): Promise<void> {
  const call = { accessToken, calendarId: copy.external_calendar_id };
  const { external_id: externalId, etag } = copy;
  // Without an id its create was not answered: it is looked for first.
  let known = externalId !== null && etag !== null ? { externalId, etag } : undefined;
  for (let attempt = 1; ; attempt++) {
    known ??=
      externalId === null
        ? await provider.findEventOfLink(call, copy.id)
        : await provider.findEvent(call, externalId);
    if (!known) return;
    try {
      await provider.deleteEvent(call, known.externalId, known.etag, silently);
      return;
    } catch (error) {
      const isChanged = error instanceof ProviderError && error.kind === 'changed-meanwhile';
      if (!isChanged || attempt === ERASE_MAX) throw error;
      // The user asked for it to go all the same.
      known = undefined;
    }
  }
}
