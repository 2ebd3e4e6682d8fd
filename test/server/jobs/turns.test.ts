import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { accounts, addLead, withoutQuotas } from '../../support/activities.ts';
import { listLiveEvents } from '../../support/sandbox-events.ts';
import { type Stack, startStack } from '../../support/stack.ts';
import { waitFor } from '../../support/wait-for.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ sandbox: { switches: withoutQuotas } });
});
afterAll(() => stack.stop());

/** How often PostgreSQL had to break a circle of transactions that waited for each other. */
async function countDeadlocks(): Promise<number> {
  const { rows } = await sql<{ deadlocks: string }>`select deadlocks from pg_stat_database
    where datname = current_database()`.execute(stack.context.store.system);
  return Number(rows[0]?.deadlocks);
}

test('[Q2] people and workers at the same events take turns and never wait in a circle', async () => {
  const person = await stack.addPerson();
  for (const provider of ['google', 'outlook'] as const) {
    expect(await stack.connect(person, provider, accounts[provider])).toContain('connected');
  }
  const { client } = person;
  const lead = await addLead(person);
  const plan = (number: number) =>
    client.send<{ id: string; version: number }>('POST', '/api/activities', {
      lead_id: lead,
      title: `Turn ${number}`,
      start: '2199-11-24',
      end: '2199-11-25',
    });
  const planned = await Promise.all(Array.from({ length: 24 }, (_, number) => plan(number)));
  // The workers are at these very events by now.
  const answers = await Promise.all(
    planned.flatMap(({ id, version }) => [
      client.sendRaw('PATCH', `/api/activities/${id}`, { version, title: 'Turn, edited' }),
      client.sendRaw('DELETE', `/api/activities/${id}`),
    ]),
  );
  const statuses = new Set(answers.map(({ status }) => status));
  // An edit after the deletion finds nothing.
  expect([...statuses].filter((status) => ![200, 204, 404].includes(status))).toEqual([]);
  for (const provider of ['google', 'outlook'] as const) {
    await waitFor(`no event left at ${provider}`, async () => {
      const events = await listLiveEvents(stack, provider, accounts[provider]);
      return events.every(({ title }) => !title.startsWith('Turn'));
    });
  }
  expect(await countDeadlocks()).toBe(0);
});
