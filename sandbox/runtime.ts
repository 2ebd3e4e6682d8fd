import type { Runtime } from './world.ts';

/**
 * The world as it is: the machine's clock, network and chance. Anything can be put in its place.
 */
export function createRuntime(replaced: Partial<Runtime> = {}): Runtime {
  return {
    now: () => Date.now(),
    random: createSecureRandom(),
    fetch: (request) => {
      // Node counts the body itself, and can refuse to send a length that is given as well.
      request.headers.delete('content-length');
      return fetch(request);
    },
    schedule: (delayMs, task) => {
      // A pending notification must not keep the process of a finished test alive.
      setTimeout(() => void runSafely(task), delayMs).unref();
    },
    ...replaced,
  };
}

/**
 * A scheduled task has no caller to tell; its failure is part of what it plays (a dead webhook).
 */
async function runSafely(task: () => void | Promise<void>): Promise<void> {
  try {
    await task();
  } catch {
    // Nobody is waiting for it.
  }
}

/** Consent ids and tokens come from here, so the default is not guessable. */
function createSecureRandom(): () => number {
  const pool = new Uint32Array(1024);
  let used = pool.length;
  return () => {
    if (used === pool.length) {
      crypto.getRandomValues(pool);
      used = 0;
    }
    return (pool[used++] ?? 0) / 2 ** 32;
  };
}
