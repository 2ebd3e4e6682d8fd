import { createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { NewGrant } from '../../src/providers/provider.ts';
import type { HttpRequest } from '../../src/runtime.ts';
import { answering, json, planVisit, type Subject, subjects } from './subjects.ts';

type Claims = Record<string, unknown>;
type Header = Record<string, unknown>;

const published = generateKeyPairSync('rsa', { modulusLength: 2048 });
const attackers = generateKeyPairSync('rsa', { modulusLength: 2048 });
const publicJwk = published.publicKey.export({ format: 'jwk' });
const publicPem = published.publicKey.export({ type: 'spki', format: 'pem' }).toString();

/** Not the machine's clock: what is checked must be the runtime's. */
const NOW = Date.UTC(2031, 4, 5);
const nowSeconds = NOW / 1000;
const TENANT = '5f0c8d1e-3b7a-4c92-9d46-0a6e8b71c2f3';
const OTHER_TENANT = '9188040d-6c67-4c5b-b112-36a304b66dad';

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const honest: Header = { alg: 'RS256', kid: 'key-1', typ: 'JWT' };

function signJwt(claims: Claims, header: Header = honest, key: KeyObject = published.privateKey) {
  const signed = `${encode(header)}.${encode(claims)}`;
  return `${signed}.${sign('sha256', Buffer.from(signed), key).toString('base64url')}`;
}

function hmacJwt(claims: Claims, secret: string) {
  const signed = `${encode({ alg: 'HS256', kid: 'key-1' })}.${encode(claims)}`;
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
}

function honestClaims({ name, config }: Subject, nonce: string): Claims {
  const common = {
    aud: config.clientId,
    sub: '117360284915503728461',
    email: 'anna@northwind.sandbox',
    iat: nowSeconds,
    exp: nowSeconds + 3600,
    nonce,
  };
  return name === 'google'
    ? { ...common, iss: 'https://accounts.google.com' }
    : {
        ...common,
        iss: `https://login.microsoftonline.com/${TENANT}/v2.0`,
        tid: TENANT,
        oid: '8d2f4a60-51c7-4e0b-a3f9-6b1e7c90d542',
      };
}

/** Exchanges a code for the ID token that `forge` makes. */
async function signIn(
  subject: Subject,
  forge: (claims: Claims) => string | undefined,
): Promise<{ grant: Promise<NewGrant>; requests: HttpRequest[]; token: string | undefined }> {
  let token: string | undefined;
  const visit = planVisit(subject, answering(subject, () => ({})).provider);
  const { provider, requests } = answering(
    subject,
    ({ url }) => {
      if (url === subject.config.keysUrl) {
        return json({ keys: [{ ...publicJwk, kid: 'key-1', alg: 'RS256', use: 'sig' }] });
      }
      token = forge(honestClaims(subject, visit.nonce));
      return json({
        access_token: 'access',
        token_type: 'Bearer',
        expires_in: 3599,
        ...(token !== undefined && { id_token: token }),
      });
    },
    { now: () => NOW },
  );
  const grant = provider.exchangeCode({ ...visit, code: 'code' });
  await grant.catch(() => {});
  return { grant, requests, token };
}

const jku = 'https://attacker.example/keys';
const attackersJwk = { ...attackers.publicKey.export({ format: 'jwk' }), kid: 'key-2' };
const forgeries: [string, (claims: Claims) => string | undefined][] = [
  ['no ID token', () => undefined],
  ['no JWT at all', () => 'garbage'],
  ['alg none', (c) => `${encode({ alg: 'none' })}.${encode(c)}.`],
  ['alg none with a signature', (c) => `${encode({ alg: 'none' })}.${encode(c)}.AAAA`],
  ['HS256 with the public key', (c) => hmacJwt(c, publicPem)],
  ['HS256 with the modulus', (c) => hmacJwt(c, publicJwk.n ?? '')],
  ['HS256 with the client secret', (c) => hmacJwt(c, 'kalends-sandbox-google-secret')],
  ['another RSA algorithm', (c) => signJwt(c, { ...honest, alg: 'RS512' })],
  ['another key under the same id', (c) => signJwt(c, honest, attackers.privateKey)],
  ['an unknown kid', (c) => signJwt(c, { ...honest, kid: 'key-2' }, attackers.privateKey)],
  ['jku', (c) => signJwt(c, { ...honest, kid: 'key-2', jku }, attackers.privateKey)],
  ['x5u', (c) => signJwt(c, { ...honest, kid: 'key-2', x5u: jku }, attackers.privateKey)],
  ['an embedded jwk', (c) => signJwt(c, { ...honest, jwk: attackersJwk }, attackers.privateKey)],
  ['an unknown critical header', (c) => signJwt(c, { ...honest, crit: ['b64'], b64: true })],
  ['a wrong aud', (c) => signJwt({ ...c, aud: 'another-client' })],
  ['several aud and no azp', (c) => signJwt({ ...c, aud: [c.aud, 'another-client'] })],
  ['an azp of another', (c) => signJwt({ ...c, aud: [c.aud, 'x'], azp: 'x' })],
  ['a wrong iss', (c) => signJwt({ ...c, iss: 'https://accounts.attacker.example' })],
  [
    'an iss that only begins well',
    (c) => signJwt({ ...c, iss: `${String(c.iss)}.attacker.example` }),
  ],
  ['no iss', (c) => signJwt({ ...c, iss: undefined })],
  ['a wrong nonce', (c) => signJwt({ ...c, nonce: 'of-another-visit' })],
  ['no nonce', (c) => signJwt({ ...c, nonce: undefined })],
  ['an expiry that is past', (c) => signJwt({ ...c, exp: nowSeconds - 61 })],
  ['no expiry', (c) => signJwt({ ...c, exp: undefined })],
  ['a time that has not come', (c) => signJwt({ ...c, iat: nowSeconds + 61 })],
  ['no sub', (c) => signJwt({ ...c, sub: undefined })],
  ['other claims under the signature', (c) => swapClaims(signJwt(c), { ...c, sub: '1', oid: '1' })],
];

function swapClaims(token: string, claims: Claims): string {
  const [header, , signature] = token.split('.');
  return `${header}.${encode(claims)}.${signature}`;
}

describe.each(subjects)('$name: an ID token', (subject) => {
  test('that is right is believed, by the runtime’s clock', async () => {
    const { grant } = await signIn(subject, signJwt);
    expect(await grant).toMatchObject({ account: { email: 'anna@northwind.sandbox' } });
  });

  test.each(forgeries)('[attack 10] with %s is refused', async (_what, forge) => {
    const { grant, requests, token } = await signIn(subject, forge);
    const error = await grant.catch((caught: Error) => caught);
    expect(error).toMatchObject({ kind: 'malformed-answer', code: 'id-token-refused' });
    // Keys come from the configured address only, and the token from nowhere else into a message.
    const { tokenUrl, keysUrl } = subject.config;
    for (const { url } of requests) expect([tokenUrl, keysUrl]).toContain(url);
    if (token)
      expect(`${(error as Error).message} ${String((error as Error).cause)}`).not.toContain(token);
  });
});

describe.each(subjects)('$name: keys that are out of reach', (subject) => {
  test('say nothing about the ID token', async () => {
    const visit = planVisit(subject, answering(subject, () => ({})).provider);
    const { provider } = answering(
      subject,
      ({ url }) => {
        if (url === subject.config.keysUrl) return { status: 503, headers: { 'retry-after': '3' } };
        const id_token = signJwt(honestClaims(subject, visit.nonce));
        return json({ access_token: 'access', token_type: 'Bearer', id_token });
      },
      { now: () => NOW },
    );
    await expect(provider.exchangeCode({ ...visit, code: 'code' })).rejects.toMatchObject({
      kind: 'unavailable',
      retryAfterMs: 3000,
    });
  });
});

describe('google: an ID token', () => {
  const [google] = subjects;
  if (!google) throw new Error('no subject');

  test('may name its issuer without the scheme', async () => {
    const { grant } = await signIn(google, (c) => signJwt({ ...c, iss: 'accounts.google.com' }));
    await grant;
  });
});

describe('outlook: an ID token', () => {
  const outlook = subjects[1];
  if (!outlook) throw new Error('no subject');

  test.each<[string, Claims]>([
    ['of another tenant than its issuer', { tid: OTHER_TENANT }],
    ['whose tenant is a pattern', { iss: outlook.config.issuer, tid: '{tenantid}' }],
    ['without a tenant', { tid: undefined }],
    ['without a person', { oid: undefined }],
  ])('[attack 10] %s is refused', async (_what, change) => {
    const { grant } = await signIn(outlook, (c) => signJwt({ ...c, ...change }));
    await expect(grant).rejects.toMatchObject({ kind: 'malformed-answer' });
  });

  test('[attack 11] names the person by tenant and object, never by address', async () => {
    const { grant } = await signIn(outlook, signJwt);
    const { account } = await grant;
    expect(account.id).toBe(`${TENANT}.8d2f4a60-51c7-4e0b-a3f9-6b1e7c90d542`);
  });
});
