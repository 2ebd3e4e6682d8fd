import { afterAll, beforeAll, expect, test } from 'vitest';
import { countAll, countStatements } from '../../../bench/statements.ts';
import { runOneJob } from '../../../src/jobs/worker.ts';
import {
  accounts,
  addActivity,
  getActivity,
  runJobs,
  withoutQuotas,
} from '../../support/activities.ts';
import { personAt } from '../../support/person-at-provider.ts';
import { startStack, type Person, type Stack } from '../../support/stack.ts';

/*
 * What a run asks of the database, as a count of messages that no busy machine can move. A run that
 * needs more than these has to have a reason; one that needs less may lower them.
 */

const MESSAGES_MAX = { inbound: 23, idle: 16, outbound: 33 };

let stack: Stack;
let person: Person;
beforeAll(async () => {
  stack = await startStack({
    withWorker: false,
    sandbox: { switches: withoutQuotas },
    env: { WEBHOOK_URL: 'off' },
  });
  person = await stack.addPerson();
  await stack.connect(person, 'google', accounts.google);
  await runJobs(stack);
});
afterAll(() => stack.stop());

async function countOneRun(): Promise<number> {
  const counter = countStatements();
  try {
    expect(await runOneJob(stack.context)).toBe(true);
    return countAll(counter.take());
  } finally {
    counter.stop();
  }
}

const look = () => person.client.send('POST', '/api/calendar/sync', {});

test('a look that finds one change, one that finds none, and one write ask little of the database', async () => {
  const { id } = await addActivity(person, { title: 'Counted' });
  await runJobs(stack);
  // The echo of what was just written.
  await look();
  await runJobs(stack);

  const there = personAt(stack, 'google', accounts.google);
  const before = await getActivity(person, id);
  await there.edit(before.google_event_id ?? '', { title: 'Counted there' });
  await look();
  expect(await countOneRun()).toBeLessThanOrEqual(MESSAGES_MAX.inbound);
  expect(await getActivity(person, id)).toMatchObject({ title: 'Counted there' });

  await look();
  expect(await countOneRun()).toBeLessThanOrEqual(MESSAGES_MAX.idle);

  const { version } = await getActivity(person, id);
  await person.client.send('PATCH', `/api/activities/${id}`, { version, title: 'Counted here' });
  expect(await countOneRun()).toBeLessThanOrEqual(MESSAGES_MAX.outbound);
  expect(await getActivity(person, id)).toMatchObject({ copies: [{ state: 'synced' }] });
});
