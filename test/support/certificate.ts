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
export function makeCertificate() {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const timeOf = (text: string) => der(0x17, Buffer.from(text));
  const body = der(
    SEQUENCE,
    der(0x02, Buffer.from([1])),
    SHA256_WITH_RSA,
    der(SEQUENCE),
    der(SEQUENCE, timeOf('250101000000Z'), timeOf('450101000000Z')),
    der(SEQUENCE),
    publicKey.export({ type: 'spki', format: 'der' }),
  );
  const signature = der(0x03, Buffer.from([0]), sign('sha256', body, privateKey));
  const certificate = der(SEQUENCE, body, SHA256_WITH_RSA, signature).toString('base64');
  return { certificate, privateKey };
}
