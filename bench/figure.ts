/** One line of the table at the end. */
export interface Row {
  /** As in docs: `P1`. */
  figure: string;
  what: string;
  goal: string;
  measured: string;
  isMet: boolean;
}

export interface Options {
  /** The size that the goals are about, however long that takes. */
  isFull: boolean;
}

export type Measure = (options: Options) => Promise<Row[]>;

export interface Ratios {
  median: number;
  min: number;
  max: number;
}

/** Runs the two in turns, `pairs` times after one warm-up, and answers the ratios of each pair. */
export async function comparePairs(
  pairs: number,
  { a, b }: { a: () => Promise<number>; b: () => Promise<number> },
  ratioOf: (a: number, b: number) => number = (x, y) => x / y,
): Promise<Ratios & { a: number; b: number }> {
  const runs: { a: number; b: number; ratio: number }[] = [];
  for (let pair = 0; pair <= pairs; pair++) {
    const [x, y] = [await a(), await b()];
    if (pair > 0) runs.push({ a: x, b: y, ratio: ratioOf(x, y) });
  }
  const ratios = runs.map(({ ratio }) => ratio);
  return {
    median: medianOf(ratios),
    min: Math.min(...ratios),
    max: Math.max(...ratios),
    a: medianOf(runs.map((run) => run.a)),
    b: medianOf(runs.map((run) => run.b)),
  };
}

export function medianOf(numbers: readonly number[]): number {
  return quantileOf(numbers, 0.5);
}

/** The value that a share `q` of the numbers does not exceed. */
export function quantileOf(numbers: readonly number[], q: number): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.min(Math.ceil(q * sorted.length), sorted.length) - 1] ?? Number.NaN;
}

/** Milliseconds that `work` takes. */
export async function timeOf(work: () => Promise<unknown>): Promise<number> {
  const from = performance.now();
  await work();
  return performance.now() - from;
}

export const printRatios = ({ median, min, max }: Ratios): string =>
  `${median.toFixed(2)} (${min.toFixed(2)}–${max.toFixed(2)})`;
