/**
 * `npm run bench` measures every figure and prints a table; `npm run bench -- P1` one of them,
 * `npm run bench -- sandbox` the sandbox alone. `--full` takes the whole size where the default is a
 * shorter run of the same. Times are only ever compared with others of the same run.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Measure, Row } from './figure.ts';

const figures: Record<string, () => Promise<{ measure: Measure }>> = {
  P1: () => import('./import.ts'),
  P2: () => import('./calls.ts'),
  P4: () => import('./latency.ts'),
  P5: () => import('./size.ts'),
  P6: () => import('./idle.ts'),
  P8: () => import('./memory.ts'),
  P9: () => import('./recurrence.ts'),
  P10: () => import('./sustained.ts'),
};

const wishes = process.argv.slice(2);
const isFull = wishes.includes('--full');
const names = wishes.filter((wish) => !wish.startsWith('--'));
const unknown = names.filter((name) => name !== 'sandbox' && !figures[name]);
if (unknown.length > 0) {
  console.error(`There is no ${unknown.join(', ')}: ${Object.keys(figures).join(', ')}, sandbox.`);
  process.exit(1);
}

const rows: Row[] = [];
const loadBefore = loadavg()[0] ?? 0;
if (names.length === 0 || names.includes('sandbox')) await runSandbox();
for (const [name, load] of Object.entries(figures)) {
  if (names.length > 0 && !names.includes(name)) continue;
  console.log(`\n${name}`);
  const { measure } = await load();
  rows.push(...(await measure({ isFull })));
}
if (rows.length > 0) printTable();

/** It measures itself, in its own processes. */
async function runSandbox(): Promise<void> {
  const file = fileURLToPath(new URL('sandbox-http.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', file], { stdio: 'inherit' });
  await once(child, 'exit');
}

function printTable(): void {
  const head = { figure: '', what: '', goal: 'goal', measured: 'measured', isMet: '' };
  const lines = [head, ...rows.map((row) => ({ ...row, isMet: row.isMet ? 'met' : 'NOT MET' }))];
  const columns = ['figure', 'what', 'goal', 'measured', 'isMet'] as const;
  const widths = columns.map((column) => Math.max(...lines.map((line) => line[column].length)));
  console.log('');
  for (const line of lines) {
    console.log(columns.map((column, index) => line[column].padEnd(widths[index] ?? 0)).join('  '));
  }
  console.log(`\n${isFull ? 'Full size.' : 'Shorter runs; --full takes the whole size.'}`);
  // Two busy neighbours make every time worse, but hardly a ratio or a count.
  console.log(`Others kept ${loadBefore.toFixed(1)} processors busy when it began.`);
}
