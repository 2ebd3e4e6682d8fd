import type { Base } from './base.ts';
import { type HistoryResult, playHistory } from './history.ts';

/** Of so many seeds one is played twice: both times it has to go the same way. */
const TWICE_EVERY = 100;

/** Plays one history for each seed, in turn. */
export async function* playSeeds(
  base: Base,
  seeds: Iterable<number>,
  { isTold = false } = {},
): AsyncGenerator<HistoryResult> {
  for (const seed of seeds) {
    const result = await playHistory(base, { seed, isTold });
    if (seed % TWICE_EVERY === 0) {
      const again = await playHistory(base, { seed });
      if (again.hash !== result.hash) {
        result.complaints.push({ kind: 'accident', text: 'played twice, it went two ways' });
      }
    }
    yield result;
  }
}

/** What went wrong in a history, and the line that plays it again with all that happened in it. */
export function describeFailure({ seed, weather, complaints }: HistoryResult): string {
  const lines = complaints.map(({ kind, text }) => `  ${kind}: ${text}`);
  const head = `seed ${seed} failed (${weather}); npm run simulate -- --seed ${seed}`;
  return [head, ...lines].join('\n');
}
