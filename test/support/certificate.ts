import { generateKeyPairSync, sign } from 'node:crypto';

/** DER: a tag, the length, and what is inside. */
function der(tag: number, ...parts: Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const size = content.length;
  const length = size < 128 ? [size] : [0x82, size >> 8, size & 255];
  return Buffer.concat([Buffer.from([tag, ...length]), content]);
}

const SEQUENCE = 0x30;
const SHA256_WITH_RSA = der(
  SEQUENCE,
  der(0x06, Buffer.from('2a864886f70d01010b', 'hex')),
  der(0x05),
);

/** A certificate that signs itself, in base64, and the key behind it: Node reads, but makes none. */
export function makeCertificate({ hostname }: { hostname?: string } = {}) {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const timeOf = (text: string) => der(0x17, Buffer.from(text));
  const name = hostname === undefined ? der(SEQUENCE) : nameOf(hostname);
  const body = der(
    SEQUENCE,
    // Version 3, which has extensions; else the first.
    ...(hostname === undefined ? [] : [der(0xa0, der(0x02, Buffer.from([2])))]),
    der(0x02, Buffer.from([1])),
    SHA256_WITH_RSA,
    name,
    der(SEQUENCE, timeOf('250101000000Z'), timeOf('450101000000Z')),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    ...(hostname === undefined ? [] : [der(0xa3, der(SEQUENCE, hostOf(hostname)))]),
  );
  const signature = der(0x03, Buffer.from([0]), sign('sha256', body, privateKey));
  const certificate = der(SEQUENCE, body, SHA256_WITH_RSA, signature).toString('base64');
  return { certificate, privateKey };
}

/** For a TLS server of that name, in PEM. */
export function makeServerCertificate(hostname: string): { key: string; cert: string } {
  const { certificate, privateKey } = makeCertificate({ hostname });
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: `-----BEGIN CERTIFICATE-----\n${certificate.replace(/.{64}/g, '$&\n')}\n-----END CERTIFICATE-----\n`,
  };
}

/** Common name. */
const nameOf = (name: string) =>
  der(
    SEQUENCE,
    der(0x31, der(SEQUENCE, der(0x06, Buffer.from('550403', 'hex')), der(0x0c, Buffer.from(name)))),
  );

/** Subject alternative name: what a client compares the host with. */
const hostOf = (name: string) =>
  der(
    SEQUENCE,
    der(0x06, Buffer.from('551d11', 'hex')),
    der(0x04, der(SEQUENCE, der(0x82, Buffer.from(name)))),
  );
