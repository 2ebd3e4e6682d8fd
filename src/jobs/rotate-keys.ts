import type { ConnectionId, TenantId } from '../calendar/ids.ts';
import type { Keys } from '../store/keys.ts';
import { findKeyId, SealError, seal, unseal } from '../store/sealed.ts';
import { asSystem, type Databases } from '../store/tenant.ts';
import {
  listSealedTokens,
  replaceToken,
  type SealedRow,
  type TokenColumn,
} from '../store/tokens.ts';

const BATCH_SIZE = 100;
/** A refresh in between seals anew, perhaps with the old key still: look again, but not for ever. */
const TRIES_MAX = 5;

export interface KeyRotation {
  resealedCount: number;
  /** Tokens left as they are, since they do not open: their key is lost, or they were changed. */
  unreadable: {
    tenantId: TenantId;
    connectionId: ConnectionId;
    column: TokenColumn;
    /** The key that it says sealed it. */
    keyId: string | null;
    reason: string;
  }[];
}

/**
 * Seals every token anew that is not under the current key, while everything runs: row by row, each
 * replaced only if it is still what was read. Nothing is destroyed: what does not open is reported
 * and stays. When `unreadable` is empty, the older keys are not needed any more for tokens (after
 * ten minutes also not for consents under way). All servers must know the current key before.
 */
export async function rotateKeys(engine: { store: Databases; keys: Keys }): Promise<KeyRotation> {
  const rotation: KeyRotation = { resealedCount: 0, unreadable: [] };
  let after: SealedRow | undefined;
  for (;;) {
    const from = after;
    const rows = await asSystem(engine.store, (tx) => listSealedTokens(tx, from, BATCH_SIZE));
    for (const row of rows) {
      for (const column of ['access_token', 'refresh_token'] as const) {
        await resealToken(engine, row, column, rotation);
      }
    }
    after = rows.at(-1);
    if (rows.length < BATCH_SIZE) return rotation;
  }
}

async function resealToken(
  { store, keys }: { store: Databases; keys: Keys },
  row: SealedRow,
  column: TokenColumn,
  rotation: KeyRotation,
): Promise<void> {
  const binding = { tenantId: row.tenant_id, rowId: row.id, column };
  let sealed = row[column];
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    if (sealed === null || findKeyId(sealed) === keys.ring.currentId) return;
    const old = sealed;
    let fresh: string;
    try {
      fresh = seal(keys.ring, binding, unseal(keys.ring, binding, old));
    } catch (error) {
      if (!(error instanceof SealError)) throw error;
      return void rotation.unreadable.push({
        tenantId: row.tenant_id,
        connectionId: row.id,
        column,
        keyId: findKeyId(old) ?? null,
        reason: error.message,
      });
    }
    const current = await asSystem(store, (tx) => replaceToken(tx, row, column, { old, fresh }));
    if (current === fresh) return void rotation.resealedCount++;
    sealed = current;
  }
}
