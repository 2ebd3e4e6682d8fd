import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { readConfig } from '../src/config.ts';
import { startWorker } from '../src/jobs/worker.ts';
import { createRealRuntime, originsOf } from '../src/real-runtime.ts';
import { createProviders } from '../src/serve.ts';
import { openStore } from '../src/store/pool.ts';
import type { Measure } from './figure.ts';
import { type Installation, openInstallation } from './installation.ts';

const SMALL = 10_000;
const LARGE = { short: 30_000, full: 100_000 };
const RATIO_GOAL = 1.5;
const BYTES_GOAL = 300 * 2 ** 20;

/**
 * P8. The most memory that a process takes which does nothing but import a calendar: its worker, its
 * pools and its parser, in a process of its own for each size.
 */
export const measure: Measure = async ({ isFull }) => {
  const installation = await openInstallation();
  try {
    const size = isFull ? LARGE.full : LARGE.short;
    // The first of a process tree warms nothing up for the next: each is new.
    const small = await peakOf(installation, SMALL);
    const large = await peakOf(installation, size);
    const idle = await peakOf(installation, 0);
    const mb = (bytes: number) => `${Math.round(bytes / 2 ** 20)} MB`;
    console.log(
      `  peak: ${mb(idle)} of nothing, ${mb(small)} of ${SMALL}, ${mb(large)} of ${size}`,
    );
    return [
      {
        figure: 'P8',
        what: `peak memory, import of ${size} against ${SMALL}`,
        goal: `≤ ${RATIO_GOAL}`,
        measured: (large / small).toFixed(2),
        isMet: large / small <= RATIO_GOAL,
      },
      {
        figure: 'P8',
        what: `peak memory, import of ${size}`,
        goal: `≤ ${mb(BYTES_GOAL)}`,
        measured: mb(large),
        isMet: large <= BYTES_GOAL,
      },
    ];
  } finally {
    await installation.stop();
  }
};

async function peakOf(installation: Installation, size: number): Promise<number> {
  const { sandbox } = installation;
  const email = `memory${size}@google.sandbox`;
  await sandbox.addEvents({ provider: 'google', email, count: size });
  const connection = await installation.connect(await installation.addPerson(), 'google', email);
  await installation.start(connection);
  const child = fork(fileURLToPath(import.meta.url), ['import'], {
    execArgv: ['--import', 'tsx'],
    serialization: 'advanced',
  });
  child.send(installation.settings);
  await installation.waitUntilRead(connection);
  child.send('end');
  const [peak] = (await once(child, 'message')) as [number];
  child.disconnect();
  return peak;
}

/** The other process: a worker, until it is told to say what it took. */
async function work(): Promise<void> {
  const [settings] = (await once(process, 'message')) as [Installation['settings']];
  const { urls, keys, env } = settings;
  const config = readConfig(env);
  const log = { debug() {}, info() {}, warn() {}, error: console.error };
  const runtime = createRealRuntime({ allowedOrigins: originsOf(config), log });
  const store = openStore(urls, log);
  const providers = createProviders(config, runtime);
  const worker = startWorker({ runtime, store, providers, keys, webhookUrl: null }, 4);
  await once(process, 'message');
  process.send?.(process.resourceUsage().maxRSS * 1024);
  process.on('disconnect', () => process.exit(0));
  await worker.stop();
}

if (process.send && process.argv[2] === 'import') await work();
