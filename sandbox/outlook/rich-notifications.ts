import { constants, createCipheriv, createHmac, publicEncrypt, X509Certificate } from 'node:crypto';
import { renderEvent } from './event-output.ts';
import { GraphError } from './graph-error.ts';
import { randomHex } from './ids.ts';
import { readString, type JsonObject } from './json.ts';
import { readPrefer, readQuery } from './query.ts';
import { readSelection } from './select.ts';
import type { Delivery, Graph, Mailbox, StoredEvent, Subscription } from './state.ts';

/** Who signs for notifications. Source: change-notifications-with-resource-data, validation. */
const PUBLISHER_APP_ID = '0bf30f3b-4a52-48df-9a82-234910c4a086';
const TOKEN_LIFE_S = 3_600;

/** What a subscription must say to be sent the data of events. Source: the same page. */
export function readRich(input: JsonObject, resource: string): Subscription['rich'] {
  if (input.includeResourceData !== true) return null;
  const certificate = readString(input.encryptionCertificate, 'encryptionCertificate');
  const certificateId = readString(input.encryptionCertificateId, 'encryptionCertificateId');
  const select = readQuery(resource.split('?')[1] ?? '').get('select');
  // Source: outlook-change-notifications-overview: a few members only, named one by one.
  if (!select) refuse('Resource data needs $select in the resource.');
  readSelection(readQuery(`$select=${select}`), 'v1.0');
  if (parseCertificate(certificate)?.publicKey.asymmetricKeyType !== 'rsa') {
    refuse('The encryptionCertificate is no base64-encoded certificate with an RSA key.');
  }
  return { certificate, certificateId, select };
}

function refuse(message: string): never {
  throw new GraphError(400, 'InvalidRequest', message);
}

function parseCertificate(base64: string): X509Certificate | undefined {
  try {
    return new X509Certificate(Buffer.from(base64, 'base64'));
  } catch {
    return undefined;
  }
}

/**
 * The event as it is now, for the eyes of the certificate's owner. The key is of this notification
 * alone; its beginning is the initialisation vector too. Source: changeNotificationEncryptedContent.
 */
export function encryptEvent(
  { world }: Graph,
  { rich, isImmutableId }: Subscription,
  { mailbox, event }: { mailbox: Mailbox; event: StoredEvent },
): JsonObject | undefined {
  const certificate = rich && parseCertificate(rich.certificate);
  if (!rich || !certificate) return undefined;
  const { members } = readSelection(readQuery(`$select=${rich.select}`), 'v1.0');
  const whole = renderEvent({ world, mailbox }, event, null, {
    ...readPrefer(null),
    isImmutableId,
  });
  const wire = Object.entries(whole).filter(
    ([name]) => !members || members.has(name) || name === 'id' || name === '@odata.etag',
  );
  const text = JSON.stringify({
    '@odata.type': '#Microsoft.Graph.Event',
    ...Object.fromEntries(wire),
  });
  const key = Buffer.from(randomHex(world.runtime, 64), 'hex');
  const cipher = createCipheriv('aes-256-cbc', key, key.subarray(0, 16));
  const data = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  const padding = constants.RSA_PKCS1_OAEP_PADDING;
  return {
    data: data.toString('base64'),
    dataSignature: createHmac('sha256', key).update(data).digest('base64'),
    dataKey: publicEncrypt({ key: certificate.publicKey, padding, oaepHash: 'sha1' }, key).toString(
      'base64',
    ),
    encryptionCertificateId: rich.certificateId,
    encryptionCertificateThumbprint: certificate.fingerprint.replaceAll(':', ''),
  };
}

/**
 * Proof for the POST that Microsoft sends it: a token for each application and tenant whose data is
 * in it. Undefined when there is none.
 */
export function signFor({ world, state }: Graph, deliveries: Delivery[]): string[] | undefined {
  const seconds = Math.floor(world.runtime.now() / 1_000);
  const claims = new Map<string, Record<string, unknown>>();
  for (const { subscriptionId, item } of deliveries) {
    const subscription = state.subscriptions.get(subscriptionId);
    if (!subscription || item.encryptedContent === undefined) continue;
    const { clientId: aud } = subscription;
    const tid = item.tenantId;
    const iss = `https://login.microsoftonline.com/${String(tid)}/v2.0`;
    const times = { iat: seconds, nbf: seconds, exp: seconds + TOKEN_LIFE_S };
    claims.set(`${aud} ${iss}`, { aud, iss, tid, azp: PUBLISHER_APP_ID, ver: '2.0', ...times });
  }
  if (!world.signToken || claims.size === 0) return undefined;
  return [...claims.values()].map(world.signToken);
}
