import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** Systems hand out ports from 32768 (Linux) or 49152 (macOS, Windows) on; few services sit here. */
const [LOWEST, HIGHEST] = [20_000, 32_000];
const TRIES_MAX = 50;

/**
 * A port of 127.0.0.1 that nobody listens on, for somebody who has to name it before he listens.
 * It is below those that the system gives to every connection that goes out: one of them could be
 * gone again before we listen.
 */
export async function findFreePort(): Promise<number> {
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    const port = randomInt(LOWEST, HIGHEST);
    if (await isFree(port)) return port;
  }
  throw new Error(`no port between ${LOWEST} and ${HIGHEST} is free on 127.0.0.1`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
