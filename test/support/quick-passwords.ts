import crypto, { type ScryptOptions } from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';

/*
 * A password's hash is slow on purpose: it takes a tenth of a second of a processor, and tests make
 * and sign in more than a thousand people. Here the product asks for it as ever and is given a quick
 * one; that it asks for a slow one is checked each time.
 */

/** As the sign-in library has them. Source: @better-auth/utils, password.node. */
const slow = { N: 16_384, r: 16 };

const { scrypt } = crypto;

type Rest = [options: ScryptOptions, done: (error: Error | null, key: Buffer) => void];

crypto.scrypt = ((password: string, salt: string, length: number, ...[options, done]: Rest) => {
  const { N = 0, r = 0 } = options;
  if (N < slow.N || r < slow.r) throw new Error('a password is hashed for too little');
  scrypt(password, salt, length, { ...options, N: 2 }, done);
}) as typeof scrypt;
syncBuiltinESMExports();
