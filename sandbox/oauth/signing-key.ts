import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  sign,
} from 'node:crypto';
import type { JsonWebKey, KeyObject } from 'node:crypto';

/** The pair that signs ID tokens. */
export interface SigningKey {
  keyId: string;
  /** For the certs and keys addresses. */
  publicJwk: JsonWebKey;
  publicPem: string;
  /** For the saved state. */
  privatePem: string;
  signJwt(claims: Record<string, unknown>): string;
}

let sharedKey: SigningKey | undefined;

/**
 * One pair for all sandboxes of a process: making one takes a tenth of a second, a simulation
 * makes thousands.
 */
export function getSharedSigningKey(): SigningKey {
  sharedKey ??= makeSigningKey(generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey);
  return sharedKey;
}

export const parseSigningKey = (privatePem: string) => makeSigningKey(createPrivateKey(privatePem));

function makeSigningKey(privateKey: KeyObject): SigningKey {
  const { n, e } = privateKey.export({ format: 'jwk' });
  const publicKey = createPublicKey(privateKey);
  const publicPem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const keyId = createHash('sha256').update(publicPem).digest('hex').slice(0, 40);
  return {
    keyId,
    publicPem,
    publicJwk: { kty: 'RSA', use: 'sig', alg: 'RS256', kid: keyId, n, e },
    privatePem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    signJwt(claims) {
      const head = encode({ alg: 'RS256', kid: keyId, typ: 'JWT' });
      const signed = `${head}.${encode(claims)}`;
      return `${signed}.${sign('sha256', Buffer.from(signed), privateKey).toString('base64url')}`;
    },
  };
}

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
