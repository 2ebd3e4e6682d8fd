import { createHash } from 'node:crypto';
import type { AuthorizationCode } from './oauth-state.ts';

/** Whether `verifier` is the one that the challenge was made from (RFC 7636 4.6). */
export function matchesChallenge(
  verifier: string,
  challenge: NonNullable<AuthorizationCode['challenge']>,
): boolean {
  if (!/^[\w.~-]{43,128}$/.test(verifier)) return false;
  const made =
    challenge.method === 'plain'
      ? verifier
      : createHash('sha256').update(verifier).digest('base64url');
  return made === challenge.value;
}

/**
 * The challenge of an authorization request; no method means `plain`. `undefined` if it is
 * malformed.
 */
export function readChallenge(query: URLSearchParams): AuthorizationCode['challenge'] | undefined {
  const value = query.get('code_challenge');
  const method = query.get('code_challenge_method') ?? 'plain';
  if (value === null) return null;
  if (method !== 'S256' && method !== 'plain') return undefined;
  return /^[\w.~-]{43,128}$/.test(value) ? { method, value } : undefined;
}
