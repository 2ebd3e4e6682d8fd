import { createHmac, timingSafeEqual } from 'node:crypto';
import { deriveSecret } from './auth.ts';
import { ApiError } from './api-error.ts';

const SIGNATURE_BYTES = 16;

/**
 * Where the next page begins, as text that only this server can make: `value`, signed together with
 * `context` (the tenant and what was asked), so that it opens nothing but the list it came from.
 */
export function writeCursor(secret: Buffer, context: readonly string[], value: string): string {
  const signature = sign(secret, context, value);
  return Buffer.concat([signature, Buffer.from(value)]).toString('base64url');
}

/** The value of a cursor made by `writeCursor` for this context. Throws `invalid-request`. */
export function readCursor(secret: Buffer, context: readonly string[], cursor: string): string {
  const bytes = Buffer.from(cursor, 'base64url');
  const value = bytes.subarray(SIGNATURE_BYTES).toString();
  const signature = bytes.subarray(0, SIGNATURE_BYTES);
  const isOurs =
    signature.length === SIGNATURE_BYTES &&
    timingSafeEqual(signature, sign(secret, context, value));
  if (!isOurs) {
    throw new ApiError('invalid-request', 'Begin again with the first page of this list.', {
      pointer: '/cursor',
    });
  }
  return value;
}

function sign(secret: Buffer, context: readonly string[], value: string): Buffer {
  return createHmac('sha256', deriveSecret(secret, 'cursor'))
    .update(JSON.stringify([...context, value]))
    .digest()
    .subarray(0, SIGNATURE_BYTES);
}
