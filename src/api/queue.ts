/** There is more to do than will be done in time. */
export class QueueFullError extends Error {
  override readonly name = 'QueueFullError';
}

/**
 * Runs at most `parallelMax` tasks at a time and lets at most `waitingMax` wait; one more is refused
 * with `QueueFullError`.
 */
export function createQueue(parallelMax: number, waitingMax: number) {
  const waiting: (() => void)[] = [];
  let runningCount = 0;
  return async function enqueue<T>(task: () => Promise<T>): Promise<T> {
    if (runningCount >= parallelMax) {
      if (waiting.length >= waitingMax) throw new QueueFullError('too many tasks wait');
      // Whoever ends hands its place over, so that nobody can slip in between.
      await new Promise<void>((resolve) => waiting.push(resolve));
    } else {
      runningCount++;
    }
    try {
      return await task();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else runningCount--;
    }
  };
}
