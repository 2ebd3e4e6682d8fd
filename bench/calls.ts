import { isDeepStrictEqual } from 'node:util';
import { runOneJob } from '../src/jobs/worker.ts';
import { type Day, importOf, scenarios } from '../test/support/calls-of-a-day.ts';
import type { Measure, Row } from './figure.ts';
import { type Installation, openInstallation, type Side, sides } from './installation.ts';

const SIZES = [0, 1, 2_500, 2_501, 10_000];

/**
 * P2. Calls to the providers and what they cost of the quota, as the sandbox counts them: a day of
 * imports, bursts, edits, deletions and endings, each compared with the least that does it, exactly.
 */
export const measure: Measure = async () => {
  const installation = await openInstallation();
  const rows: Row[] = [];
  try {
    for (const side of sides) {
      const all = [...SIZES.map(importOf), ...scenarios];
      const wrong: string[] = [];
      let units = 0;
      for (const { name, run, expected } of all) {
        const day = await openDay(installation, side);
        await run(day);
        const { byOperation, quotaUnits } = await day.takeCalls();
        units += quotaUnits;
        const isExact = isDeepStrictEqual({ byOperation, quotaUnits }, expected[side]);
        if (!isExact) wrong.push(name);
        const list = Object.entries(byOperation).map(([one, count]) => `${count} ${one}`);
        const verdict = isExact ? '' : `  EXPECTED ${JSON.stringify(expected[side])}`;
        console.log(
          `  ${side.padEnd(8)} ${name.padEnd(30)} ${list.join(', ') || 'none'} (${quotaUnits} units)${verdict}`,
        );
      }
      rows.push({
        figure: 'P2',
        what: `${side}: calls and quota units of ${all.length} scenarios`,
        goal: 'exactly the table',
        measured: wrong.length === 0 ? `exact, ${units} units in all` : `not: ${wrong.join(', ')}`,
        isMet: wrong.length === 0,
      });
    }
    return rows;
  } finally {
    await installation.stop();
  }
};

let accountCount = 0;

/** A new person with a new account, connected and not started. */
async function openDay(installation: Installation, side: Side): Promise<Day> {
  const { context, sandbox } = installation;
  const email = `day${++accountCount}@${side}.sandbox`;
  const whose = { provider: side, email };
  await sandbox.addEvents({ ...whose, count: 0 });
  const person = await installation.addPerson();
  const connection = await installation.connect(person, side, email);
  await sandbox.takeCalls();
  const control = (path: string, body: object) =>
    fetch(`${sandbox.url}/sandbox${path}`, { method: 'POST', body: JSON.stringify(body) });
  const isGoogle = side === 'google';
  return {
    side,
    client: person.client,
    there: {
      fill: (count) => sandbox.addEvents({ ...whose, count }),
      listIds: (limit) => sandbox.listIds({ ...whose, limit }),
      retitle: (ids, title) => sandbox.retitle({ ...whose, ids, title }),
      remove: (id) => sandbox.remove({ ...whose, id }),
    },
    start: () => installation.start(connection),
    async runJobs() {
      while (await runOneJob(context));
    },
    async takeCalls() {
      const { byOperation, quotaUnits } = await sandbox.takeCalls();
      return { byOperation, quotaUnits };
    },
    async endAccessToken() {
      await control('/tokens/expire', whose);
    },
    async endBookmark() {
      await control('/faults', {
        match: { provider: side, path: isGoogle ? 'syncToken=' : 'deltatoken=' },
        effect: {
          kind: 'status',
          status: 410,
          reason: isGoogle ? 'fullSyncRequired' : 'SyncStateNotFound',
        },
      });
    },
  };
}
