import { randomBytes, randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import type { TenantId } from '../calendar/ids.ts';
import type { KeyRing } from './keys.ts';
import { type Binding, findKeyId, seal, SealError, unseal } from './sealed.ts';

const ring: KeyRing = {
  currentId: 'new',
  keys: new Map([
    ['new', randomBytes(32)],
    ['old', randomBytes(32)],
  ]),
};
const binding: Binding = {
  tenantId: randomUUID() as TenantId,
  rowId: randomUUID(),
  column: 'access_token',
};
const secret = 'ya29.sandbox-canary';

test('what was sealed opens again, and only under its own binding', () => {
  const sealed = seal(ring, binding, secret);
  expect(unseal(ring, binding, sealed)).toBe(secret);
  expect(sealed).not.toContain('canary');
});

test('[attack 40] the same text is sealed differently every time, under a random nonce', () => {
  const many = Array.from({ length: 500 }, () => seal(ring, binding, secret));
  const nonces = new Set(many.map((sealed) => sealed.split('.')[2]?.slice(0, 16)));
  expect(nonces.size).toBe(500);
});

test.each([
  ['tenant', { tenantId: randomUUID() as TenantId }],
  ['row', { rowId: randomUUID() }],
  ['column', { column: 'refresh_token' as const }],
])('[attack 41] a sealed text moved to another %s does not open', (_, elsewhere) => {
  const sealed = seal(ring, binding, secret);
  expect(() => unseal(ring, { ...binding, ...elsewhere }, sealed)).toThrow(SealError);
});

test('[attack 41] a sealed text with any character changed does not open', () => {
  const sealed = seal(ring, binding, secret);
  for (let at = 0; at < sealed.length; at++) {
    const other = sealed[at] === 'A' ? 'B' : 'A';
    const changed = sealed.slice(0, at) + other + sealed.slice(at + 1);
    expect(() => unseal(ring, binding, changed), changed).toThrow(SealError);
  }
});

test('[attack 41] a sealed text cut at any place, or with something added, does not open', () => {
  const sealed = seal(ring, binding, secret);
  for (let length = 0; length < sealed.length; length++) {
    expect(() => unseal(ring, binding, sealed.slice(0, length))).toThrow(SealError);
  }
  for (const more of ['A', '=', '.', ' ', '\n']) {
    expect(() => unseal(ring, binding, sealed + more)).toThrow(SealError);
  }
});

test('[attack 41] a sealed text whose key id is exchanged for another known one does not open', () => {
  const same: KeyRing = { ...ring, keys: new Map(ring.keys) };
  const key = ring.keys.get('new') ?? Buffer.alloc(0);
  const twins: KeyRing = { ...same, keys: new Map([...same.keys, ['twin', key]]) };
  const sealed = seal(twins, binding, secret).replace('.new.', '.twin.');
  expect(() => unseal(twins, binding, sealed)).toThrow(SealError);
});

test('[attack 42] an old key opens and does not seal; a lost key is named', () => {
  const sealed = seal({ ...ring, currentId: 'old' }, binding, secret);
  expect(unseal(ring, binding, sealed)).toBe(secret);
  expect(findKeyId(sealed)).toBe('old');
  expect(findKeyId(seal(ring, binding, secret))).toBe('new');

  const without: KeyRing = { ...ring, keys: new Map([...ring.keys].slice(0, 1)) };
  expect(() => unseal(without, binding, sealed)).toThrow(/"old" is not known/);
});

test('a refused text is not in the error', () => {
  const plain = '1//sandbox-plain-token';
  const refused = () => unseal(ring, binding, plain);
  expect(refused).toThrow(SealError);
  expect(refused).not.toThrow(/sandbox/);
});
