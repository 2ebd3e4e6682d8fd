import {
  constants,
  createDecipheriv,
  createHash,
  createHmac,
  createPublicKey,
  type KeyObject,
  privateDecrypt,
  verify,
} from 'node:crypto';
import { expect, test } from 'vitest';
import { createSandbox } from '../../../sandbox/sandbox.ts';
import { makeCertificate } from '../../support/certificate.ts';
import { checkGraphNotification } from '../../support/graph-contract.ts';
import {
  clientOf,
  createOk,
  createTestWorld,
  eventPath,
  insideTest,
  newEvent,
  type Body,
} from './client.ts';

const { certificate, privateKey } = makeCertificate();
const HOUR = 3_600_000;

const wanted = (now: number, given: object = {}) => ({
  changeType: 'created,updated,deleted',
  notificationUrl: 'https://crm.example.test/hook',
  resource: '/me/events?$select=subject,start',
  expirationDateTime: new Date(now + 20 * HOUR).toISOString(),
  includeResourceData: true,
  encryptionCertificate: certificate,
  encryptionCertificateId: 'of-2026',
  ...given,
});

function setUp() {
  const it = createTestWorld({ 'outlook.notificationsPerChange': 1 });
  const items: Body[] = [];
  it.hooks.onFetch = async (request) => {
    const token = new URL(request.url).searchParams.get('validationToken');
    if (token !== null) return new Response(token, { headers: { 'content-type': 'text/plain' } });
    const body = JSON.parse(await request.text()) as Body;
    expect(checkGraphNotification(body)).toEqual([]);
    items.push(...body.value);
    return new Response(null, { status: 202 });
  };
  const client = clientOf(it);
  const subscribe = (given?: object) =>
    client.post('/v1.0/subscriptions', wanted(it.world.runtime.now(), given));
  return { it, client, items, subscribe };
}

/** As Microsoft's guide has it: the key first, then the signature, then the data. */
function decrypt({ data, dataKey, dataSignature }: Body, key: KeyObject): Body {
  const padding = constants.RSA_PKCS1_OAEP_PADDING;
  const symmetric = privateDecrypt({ key, padding }, Buffer.from(dataKey, 'base64'));
  const bytes = Buffer.from(data, 'base64');
  expect(createHmac('sha256', symmetric).update(bytes).digest('base64')).toBe(dataSignature);
  const decipher = createDecipheriv('aes-256-cbc', symmetric, symmetric.subarray(0, 16));
  return JSON.parse(Buffer.concat([decipher.update(bytes), decipher.final()]).toString('utf8'));
}

insideTest('a rich notification has the selected members, for the certificate alone', async () => {
  const { it, client, items, subscribe } = setUp();
  const { status, body } = await subscribe();
  expect(status).toBe(201);
  expect(body).toMatchObject({ includeResourceData: true, encryptionCertificateId: 'of-2026' });
  const event = await createOk(client, newEvent({ subject: 'Grüße' }));
  await it.pass(HOUR);
  const { encryptedContent: content, resourceData } = items[0];
  expect(JSON.stringify(items)).not.toContain('Grüße');
  expect(content.encryptionCertificateId).toBe('of-2026');
  expect(content.encryptionCertificateThumbprint).toBe(
    createHash('sha1').update(Buffer.from(certificate, 'base64')).digest('hex').toUpperCase(),
  );
  const told = decrypt(content, privateKey);
  expect(Object.keys(told).sort()).toEqual([
    '@odata.etag',
    '@odata.type',
    'id',
    'start',
    'subject',
  ]);
  expect(told).toMatchObject({ id: event.id, subject: 'Grüße', start: event.start });
  expect(resourceData.id).toBe(event.id);

  await client.delete(eventPath(event));
  await it.pass(HOUR);
  expect(items.at(-1)).toMatchObject({ changeType: 'deleted', resourceData: { id: event.id } });
  expect(items.at(-1)).not.toHaveProperty('encryptedContent');
});

insideTest('resource data needs a certificate, its name, $select and a life of a day', async () => {
  const { it, client, subscribe } = setUp();
  const in25Hours = new Date(it.world.runtime.now() + 25 * HOUR).toISOString();
  for (const given of [
    { encryptionCertificate: undefined },
    { encryptionCertificate: 'bm90aGluZw==' },
    { encryptionCertificateId: undefined },
    { resource: '/me/events' },
    { resource: '/me/events?$select=nothing' },
    { expirationDateTime: in25Hours },
  ]) {
    expect((await subscribe(given)).status, JSON.stringify(given)).toBe(400);
  }
  const { body } = await subscribe();
  const renewed = await client.patch(`/v1.0/subscriptions/${body.id}`, {
    expirationDateTime: in25Hours,
  });
  expect(renewed.status).toBe(400);
  const plain = { includeResourceData: false, resource: '/me/events' };
  expect((await subscribe({ ...plain, expirationDateTime: in25Hours })).status).toBe(201);
});

test('a rich POST proves its sender with a token for the application and its tenant', async () => {
  const posts: Body[] = [];
  const sandbox = createSandbox({
    runtime: {
      async fetch(request) {
        const token = new URL(request.url).searchParams.get('validationToken');
        if (token === null) posts.push(JSON.parse(await request.text()));
        return new Response(token, { headers: { 'content-type': 'text/plain' } });
      },
    },
    switches: { 'outlook.notificationDelayMs': 0 },
  });
  const email = 'anna@northwind.onmicrosoft.sandbox';
  const authorization = `Bearer ${sandbox.issueToken({ provider: 'outlook', email })}`;
  const call = (path: string, body?: object) =>
    sandbox.fetch(
      new Request(`http://sandbox${path}`, {
        headers: { authorization, 'content-type': 'application/json' },
        ...(body && { method: 'POST', body: JSON.stringify(body) }),
      }),
    );
  expect((await call('/v1.0/subscriptions', wanted(Date.now()))).status).toBe(201);
  await call('/v1.0/me/events', newEvent());
  await expect.poll(() => posts.length).toBeGreaterThan(0);

  const [head = '', payload = '', signature = ''] = String(posts[0].validationTokens[0]).split('.');
  const read = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
  const { keys } = (await (await call('/common/discovery/v2.0/keys')).json()) as Body;
  const jwk = keys.find(({ kid }: Body) => kid === read(head).kid);
  const key = createPublicKey({ key: jwk, format: 'jwk' });
  const signed = Buffer.from(`${head}.${payload}`);
  expect(verify('sha256', signed, key, Buffer.from(signature, 'base64url'))).toBe(true);
  const tenantId = posts[0].value[0].tenantId;
  expect(read(payload)).toMatchObject({
    aud: 'kalends-sandbox-outlook',
    azp: '0bf30f3b-4a52-48df-9a82-234910c4a086',
    iss: `https://login.microsoftonline.com/${tenantId}/v2.0`,
    tid: tenantId,
  });
});
