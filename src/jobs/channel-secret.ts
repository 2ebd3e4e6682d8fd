import { createHash, timingSafeEqual } from 'node:crypto';
import type { ChannelId } from '../calendar/ids.ts';

/** 256 bits; with the id it stays below the 128 characters that both providers take. */
const RANDOM_BYTES = 32;
const secretPattern = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.[\w-]{43}$/;

/** What a channel's notifications prove themselves with: `<id of the channel>.<random>`. */
export function newChannelSecret(
  id: ChannelId,
  randomBytes: (length: number) => Buffer,
): { secret: string; hash: string } {
  const secret = `${id}.${randomBytes(RANDOM_BYTES).toString('base64url')}`;
  return { secret, hash: hashOf(secret).toString('hex') };
}

/** Whose secret this would be; undefined when it has not even the form of one. */
export function readChannelId(secret: string): ChannelId | undefined {
  return secretPattern.exec(secret)?.[1] as ChannelId | undefined;
}

/** Nothing hashes to this. */
const DUMMY = Buffer.alloc(32).toString('hex');

/** Compares in the same time whether or not there is a channel, and wherever the two differ. */
export function isChannelSecret(secret: string, hash: string | undefined): boolean {
  const isEqual = timingSafeEqual(hashOf(secret), Buffer.from(hash ?? DUMMY, 'hex'));
  return isEqual && hash !== undefined;
}

function hashOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}
