import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { TenantId } from '../calendar/ids.ts';
import type { KeyRing } from './keys.ts';

/** Where a sealed text belongs. Anywhere else it does not open. */
export interface Binding {
  tenantId: TenantId;
  rowId: string;
  column: 'access_token' | 'refresh_token' | 'code_verifier';
}

/** A sealed text cannot be opened: its key is unknown, or it is not what was sealed here. */
export class SealError extends Error {
  override readonly name = 'SealError';
}

const VERSION = 'v1';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * AES-256-GCM. The result is `v1.<key id>.<nonce, ciphertext and tag in base64url>`; version, key
 * id and binding are authenticated with it.
 *
 * The nonce comes from the operating system and never from a runtime that a simulation owns:
 * a nonce drawn twice under one key gives the key stream away.
 */
export function seal(ring: KeyRing, binding: Binding, text: string): string {
  const key = getKey(ring, ring.currentId);
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(makeAad(ring.currentId, binding));
  const bytes = [nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()];
  return `${VERSION}.${ring.currentId}.${Buffer.concat(bytes).toString('base64url')}`;
}

/** Opens what `seal` made for the same binding. Throws `SealError`, and tells nothing of the text. */
export function unseal(ring: KeyRing, binding: Binding, sealed: string): string {
  const [version, keyId = '', body = '', ...rest] = sealed.split('.');
  if (version !== VERSION || rest.length > 0) throw new SealError('not a sealed text');
  const key = getKey(ring, keyId);
  const bytes = Buffer.from(body, 'base64url');
  if (bytes.length < NONCE_BYTES + TAG_BYTES || bytes.toString('base64url') !== body) {
    throw new SealError('the sealed text is cut short or garbled');
  }
  const nonce = bytes.subarray(0, NONCE_BYTES);
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(makeAad(keyId, binding));
  decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
  try {
    const text = decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES));
    return Buffer.concat([text, decipher.final()]).toString('utf8');
  } catch {
    throw new SealError('the sealed text was changed, or belongs elsewhere');
  }
}

/** The id of the key that sealed this; undefined when it is no sealed text. */
export function findKeyId(sealed: string): string | undefined {
  const [version, keyId] = sealed.split('.');
  return version === VERSION ? keyId : undefined;
}

function getKey(ring: KeyRing, keyId: string): Buffer {
  const key = ring.keys.get(keyId);
  if (!key) throw new SealError(`the key ${JSON.stringify(keyId.slice(0, 40))} is not known here`);
  return key;
}

/** No two bindings have the same text: ids are UUIDs, and none of the parts has a line break. */
function makeAad(keyId: string, { tenantId, rowId, column }: Binding): Buffer {
  return Buffer.from([VERSION, keyId, tenantId, rowId, column].join('\n'));
}
