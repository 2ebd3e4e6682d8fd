import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LEASE_MS, runOneJob } from '../../../src/jobs/worker.ts';
import { withoutQuotas } from '../../support/activities.ts';
import { Death, type Fate, startLife } from '../../support/mortal-engine.ts';
import { listLiveEvents } from '../../support/sandbox-events.ts';
import { type Person, type Stack, startStack } from '../../support/stack.ts';

/*
 * A push is killed, or loses an answer, at every step that it has; then a healthy worker comes.
 * Whatever the step: exactly one event there, as it is here.
 */

const accounts = {
  google: 'anna@northwind.sandbox',
  outlook: 'anna@northwind.onmicrosoft.sandbox',
} as const;
/** More steps than any push has: a loop that reaches it would never end. */
const STEPS_MAX = 80;
const RUNS_MAX = 20;

let stack: Stack;
let aheadMs = 0;
beforeAll(async () => {
  stack = await startStack({ withWorker: false, sandbox: { switches: withoutQuotas } });
});
afterAll(() => stack.stop());

interface Activity {
  id: string;
  version: number;
  copies: { state: string; external_id: string | null }[];
  google_event_id: string | null;
  outlook_event_id: string | null;
  last_synced_at: string | null;
}

const scenarios = ['create', 'edit', 'delete', 'edit during the write'] as const;

for (const provider of ['google', 'outlook'] as const) {
  for (const fate of ['killed', 'answer-lost'] as const) {
    describe(`${provider}, ${fate}`, () => {
      for (const scenario of scenarios) {
        test(`[Q2] ${scenario}: at every step, one event and no other`, async () => {
          const person = await stack.addPerson();
          await stack.connect(person, provider, accounts[provider]);
          await drain();
          let steps: string[] = [];
          let at = 0;
          for (; at === 0 || at <= steps.length; at++) {
            expect(at).toBeLessThan(STEPS_MAX);
            steps = await live(person, { provider, scenario, at, fate });
          }
          // The last life met no fate: all of its steps were tried.
          expect(steps.filter((step) => step.startsWith('after call')).length).toBeGreaterThan(0);
          expect(at).toBeGreaterThan(8);
        }, 240_000);
      }
    });
  }
}

async function live(
  person: Person,
  life: {
    provider: 'google' | 'outlook';
    scenario: (typeof scenarios)[number];
    at: number;
    fate: Fate;
  },
): Promise<string[]> {
  const { provider, scenario, at, fate } = life;
  const title = `Visit ${provider} ${scenario} ${fate} ${at} ${person.userId}`;
  const { client } = person;
  const lead = await client.send<{ id: string }>('POST', '/api/leads', { name: 'Carla' });
  const created = await client.send<Activity>('POST', '/api/activities', {
    lead_id: lead.id,
    title,
    start: '2026-11-24T09:00',
    end: '2026-11-24T10:00',
    time_zone: 'Europe/Berlin',
  });
  const path = `/api/activities/${created.id}`;
  const edit = async (location: string) => {
    const { version } = await client.get<Activity>(path);
    await client.send('PATCH', path, { version, location });
  };
  if (scenario === 'edit' || scenario === 'delete') await drain();
  if (scenario === 'edit') await edit('Canteen');
  if (scenario === 'delete') await client.send('DELETE', path);

  const { engine, steps } = startLife(stack, { at, fate, aheadMs });
  if (scenario === 'edit during the write') {
    const { send } = engine.runtime;
    let isEdited = false;
    engine.runtime.send = async (request) => {
      const answer = await send(request);
      if (!isEdited && request.method === 'POST') {
        isEdited = true;
        await edit('Canteen');
      }
      return answer;
    };
  }
  await runOneJob(engine).catch((error: unknown) => {
    if (!(error instanceof Death)) throw error;
  });
  if (scenario === 'edit during the write' && (await client.get<Activity>(path)).version === 1) {
    await edit('Canteen');
  }
  await drain();

  const found = (await listLiveEvents(stack, provider, accounts[provider])).filter(
    (event) => event.title === title,
  );
  const place = found.map(({ raw }) => readLocation(raw));
  const after = await client.fetch(path);
  if (scenario === 'delete') {
    expect([at, found.length, after.status]).toEqual([at, 0, 404]);
    return steps;
  }
  const activity = (await after.json()) as Activity;
  const wanted = scenario === 'create' ? '' : 'Canteen';
  expect([at, steps[at], place]).toEqual([at, steps[at], [wanted]]);
  expect(activity.copies).toMatchObject([{ state: 'synced', external_id: found[0]?.id }]);
  expect(activity[`${provider}_event_id`]).toBe(found[0]?.id);
  expect(activity.last_synced_at).not.toBeNull();
  return steps;
}

function readLocation(raw: Record<string, unknown>): string {
  const { location } = raw as { location?: string | { displayName?: string } };
  return typeof location === 'string' ? location : (location?.displayName ?? '');
}

/** A healthy worker, later: the lease of the dead one has ended, and so has every back-off. */
async function drain(): Promise<void> {
  for (let round = 0; round < 10; round++) {
    aheadMs += LEASE_MS + 1;
    const { engine, steps } = startLife(stack, { aheadMs: aheadMs + 20 * 60_000 });
    let runs = 0;
    while (await runOneJob(engine)) {
      if (++runs > RUNS_MAX)
        throw new Error(`the worker goes round and round: ${steps.slice(-20).join(', ')}`);
    }
    const { rows } = await waitingJobs();
    if (rows === 0) return;
  }
  throw new Error('the worker did not come to an end');
}

async function waitingJobs(): Promise<{ rows: number }> {
  const jobs = await stack.context.store.system
    .selectFrom('event_links')
    .select('id')
    .where('next_attempt_at', 'is not', null)
    .where('state', '<>', 'closed')
    .execute();
  return { rows: jobs.length };
}
