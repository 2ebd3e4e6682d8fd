import type { Base } from './base.ts';
import { playHistory } from './history.ts';

/** Leaves out kinds of fault and acts for as long as it still fails; tells what is left. */
export async function shrink(base: Base, seed: number): Promise<string> {
  const whole = await playHistory(base, { seed });
  const kind = whole.complaints[0]?.kind;
  if (!kind) return 'it does not fail any more';
  const fails = async (only: ReadonlySet<string>, without: ReadonlySet<number>) =>
    (await playHistory(base, { seed, only, without })).complaints.some((one) => one.kind === kind);

  let only = new Set(whole.weather.split(', ').map((text) => text.split(' ')[0] ?? ''));
  for (const fault of only) {
    const less = new Set([...only].filter((one) => one !== fault));
    if (await fails(less, new Set())) only = less;
  }
  let without = new Set<number>();
  for (let act = whole.actCount - 1; act >= 0; act--) {
    const more = new Set([...without, act]);
    if (await fails(only, more)) without = more;
  }
  const least = await playHistory(base, { seed, only, without });
  return [
    `least: faults ${[...only].join(', ') || 'none'}; without acts ${[...without].sort().join(' ')}`,
    ...least.trace,
    ...least.complaints.map(({ kind: what, text }) => `  ${what}: ${text}`),
  ].join('\n');
}
