import type { ProviderName } from '../world.ts';

const BASE64URL = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/**
 * Every secret the sandbox hands out begins so: as long as the real ones, and easy to search for in
 * logs and dumps, where none may ever be found.
 */
const shapes = {
  google: {
    access: ['ya29.sandbox-', 220],
    refresh: ['1//sandbox-', 103],
    code: ['4/0sandbox-', 73],
  },
  outlook: {
    access: ['EwB-sandbox-', 1400],
    refresh: ['M.sandbox-', 450],
    code: ['M.code.sandbox-', 320],
  },
} as const;

export function makeToken(
  provider: ProviderName,
  kind: 'access' | 'refresh' | 'code',
  random: () => number,
): string {
  const [prefix, length] = shapes[provider][kind];
  return prefix + randomText(random, length - prefix.length);
}

/** Letters, digits, `-` and `_`; 30 bits are taken from each number drawn. */
export function randomText(random: () => number, length: number): string {
  let text = '';
  while (text.length < length) {
    let bits = Math.floor(random() * 2 ** 30);
    for (let count = 0; count < 5; count++) {
      text += BASE64URL[bits & 63];
      bits >>>= 6;
    }
  }
  return text.slice(0, length);
}
