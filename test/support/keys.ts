import { randomBytes } from 'node:crypto';
import type { Keys } from '../../src/store/keys.ts';

export function newKeysForTest(): Keys {
  return {
    ring: { currentId: 'test', keys: new Map([['test', randomBytes(32)]]) },
    secret: randomBytes(32),
  };
}
