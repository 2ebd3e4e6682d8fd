import { setTimeout as sleep } from 'node:timers/promises';
import type { CalendarId, ConnectionId } from '../src/calendar/ids.ts';
import { runOneJob } from '../src/jobs/worker.ts';
import { requestPull } from '../src/store/pulls.ts';
import { inTenant } from '../src/store/tenant.ts';
import { comparePairs, type Measure, printRatios, type Row, timeOf } from './figure.ts';
import { type Connection, type Installation, openInstallation } from './installation.ts';
import {
  abbreviate,
  countAll,
  countStatements,
  countStatementsOf,
  type Transaction,
} from './statements.ts';

const SMALL = 100;
const LARGE = { short: 10_000, full: 100_000 };
const PAIRS = 15;
const RATIO_GOAL = 1.3;
const STATEMENTS_GOAL = 12;
/** PostgreSQL tells its counts when a session has been idle for ten seconds. */
const STATISTICS_MS = 11_000;
const CHANGES_READ = 10;

/**
 * P5. What one change in a calendar costs as the calendar grows: its time from the signal to the end
 * of the run, its statements, and the rows that the database read for it.
 */
export const measure: Measure = async ({ isFull }) => {
  const installation = await openInstallation();
  try {
    const size = isFull ? LARGE.full : LARGE.short;
    const small = await openCalendar(installation, SMALL);
    const large = await openCalendar(installation, size);
    const time = await comparePairs(PAIRS, { a: large.change, b: small.change });
    console.log(
      `  one change: ${time.a.toFixed(1)} ms of ${size}, ${time.b.toFixed(1)} ms of ${SMALL}`,
    );
    const counter = countStatements();
    const [few, many] = [await countOf(small, counter), await countOf(large, counter)];
    const burst = await countOf({ ...small, change: small.changeTwo }, counter);
    counter.stop();
    printTransactions(few);
    const rows = [await rowsRead(installation, large), await rowsRead(installation, small)];
    console.log(`  rows read by ${CHANGES_READ} changes: ${rows.join(' and ')}`);
    const page = few.find(({ statements }) => statements.some((one) => /event_history/.test(one)));
    return [
      ratioRow(`time of a change, calendar of ${size} against ${SMALL}`, time),
      rowsRow(rows, size),
      {
        figure: 'P5',
        what: `messages of a change are the same of ${size} as of ${SMALL}`,
        goal: 'equal',
        measured: `${countAll(many)} and ${countAll(few)}`,
        isMet: countAll(many) === countAll(few),
      },
      countRow('statements of one change, from signal to end of run', countStatementsOf(few)),
      countRow('messages to the database that they are sent in', countAll(few)),
      countRow('of these in the transaction that stores it', page?.statements.length ?? 0),
      countRow('messages of one change more in the same look', countAll(burst) - countAll(few)),
    ];
  } finally {
    await installation.stop();
  }
};

interface Calendar {
  /** One edit there, and the look that finds it; answers how long the look took, in ms. */
  change: () => Promise<number>;
  changeTwo: () => Promise<number>;
}

let accountCount = 0;

async function openCalendar(installation: Installation, size: number): Promise<Calendar> {
  const { sandbox, context } = installation;
  const email = `size${++accountCount}@google.sandbox`;
  await sandbox.addEvents({ provider: 'google', email, count: size });
  const connection = await installation.connect(await installation.addPerson(), 'google', email);
  await installation.start(connection);
  while (await runOneJob(context));
  const ids = await sandbox.listIds({ provider: 'google', email, limit: SMALL });
  let edits = 0;
  const change = async (count: number) => {
    const some = Array.from({ length: count }, () => ids[++edits % ids.length] ?? '');
    await sandbox.retitle({ provider: 'google', email, ids: some, title: `Edit ${edits}` });
    return timeOf(async () => {
      await signal(installation, connection);
      if (!(await runOneJob(context))) throw new Error('no job was due');
    });
  };
  return { change: () => change(1), changeTwo: () => change(2) };
}

/** What a notification does. */
async function signal({ context }: Installation, connection: Connection): Promise<void> {
  const { tenantId } = connection;
  const target = {
    connectionId: connection.connectionId as ConnectionId,
    calendarId: connection.calendarId as CalendarId,
  };
  const { now, newId } = context.runtime;
  await inTenant(context.store, { tenantId }, (tx) =>
    requestPull(tx, [target], { now: new Date(now()), newId }),
  );
}

async function countOf(
  { change }: Pick<Calendar, 'change'>,
  counter: ReturnType<typeof countStatements>,
): Promise<Transaction[]> {
  counter.take();
  await change();
  return counter.take();
}

/** Rows that the database read from tables of ours for some changes, in tables or by an index. */
async function rowsRead({ admin }: Installation, { change }: Calendar): Promise<number> {
  const before = await readRowCount(admin);
  for (let index = 0; index < CHANGES_READ; index++) await change();
  return (await readRowCount(admin)) - before;
}

async function readRowCount(admin: Installation['admin']): Promise<number> {
  await sleep(STATISTICS_MS);
  const { rows } = await admin.query<{ count: string }>(
    `select sum(seq_tup_read + coalesce(idx_tup_fetch, 0)) as count from pg_stat_user_tables
      where schemaname = 'public'`,
  );
  return Number(rows[0]?.count);
}

function printTransactions(transactions: readonly Transaction[]): void {
  for (const { statements } of transactions) {
    console.log(
      `  ${String(statements.length).padStart(3)}  ${statements.map(abbreviate).join(' | ')}`,
    );
  }
}

const ratioRow = (what: string, ratios: Parameters<typeof printRatios>[0]): Row => ({
  figure: 'P5',
  what,
  goal: `≤ ${RATIO_GOAL}`,
  measured: printRatios(ratios),
  isMet: ratios.median <= RATIO_GOAL,
});

function rowsRow([large = 0, small = 0]: readonly number[], size: number): Row {
  const ratio = large / small;
  return {
    figure: 'P5',
    what: `rows read for a change, calendar of ${size} against ${SMALL}`,
    goal: `≤ ${RATIO_GOAL}`,
    measured: `${ratio.toFixed(2)} (${large / CHANGES_READ} and ${small / CHANGES_READ})`,
    isMet: ratio <= RATIO_GOAL,
  };
}

const countRow = (what: string, count: number): Row => ({
  figure: 'P5',
  what,
  goal: `≤ ${STATEMENTS_GOAL}`,
  measured: String(count),
  isMet: count <= STATEMENTS_GOAL,
});
