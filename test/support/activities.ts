import { runOneJob } from '../../src/jobs/worker.ts';
import { startLife } from './mortal-engine.ts';
import { query } from './query.ts';
import type { Person, Stack } from './stack.ts';

/** The sandbox account that each provider's tests use. */
export const accounts = {
  google: 'anna@northwind.sandbox',
  outlook: 'anna@northwind.onmicrosoft.sandbox',
} as const;

/** For tests that write more in a second than the providers take in a minute. */
export const withoutQuotas = {
  'google.quotaPerUser': 1_000_000,
  'google.quotaPerProject': 1_000_000,
  'outlook.requestsPerTenMinutes': 1_000_000,
};

/** As much of an activity as tests look at. */
export interface Activity {
  id: string;
  title: string;
  version: number;
  status: string;
  location: string;
  google_event_id: string | null;
  outlook_event_id: string | null;
  last_synced_at: string | null;
  copies: {
    connection_id: string;
    provider: 'google' | 'outlook';
    state: string;
    reason: string | null;
    external_id: string | null;
    next_attempt_at: string | null;
  }[];
}

export async function addLead(person: Person): Promise<string> {
  const lead = await person.client.send<{ id: string }>('POST', '/api/leads', { name: 'Carla' });
  return lead.id;
}

/** A timed event tomorrow morning, on a new lead, unless `changes` say otherwise. */
export async function addActivity(
  person: Person,
  changes: Record<string, unknown> = {},
): Promise<Activity> {
  return person.client.send<Activity>('POST', '/api/activities', {
    lead_id: await addLead(person),
    title: 'Visit',
    ...tomorrow(),
    ...changes,
  });
}

/** Coming events only are copied into a calendar that is connected later. */
function tomorrow(): { start: string; end: string; time_zone: string } {
  const date = new Date(Date.now() + 24 * 60 * 60_000).toISOString().slice(0, 10);
  return { start: `${date}T09:00`, end: `${date}T10:00`, time_zone: 'Europe/Berlin' };
}

export const getActivity = (person: Person, id: string) =>
  person.client.get<Activity>(`/api/activities/${id}`);

const RUNS_MAX = 200;

/** Works off what is due, on a stack without a worker, `aheadMs` from now. Answers how many runs. */
export async function runJobs(stack: Stack, aheadMs = 0): Promise<number> {
  const { engine } = startLife(stack, { aheadMs, isCounted: false });
  for (let runs = 0; runs < RUNS_MAX; runs++) {
    if (!(await runOneJob(engine))) return runs;
  }
  throw new Error('the worker goes round and round');
}

/**
 * Everybody goes: what was left to do for them is not done. Without that, each test turns the clock for
 * all who came before it, too.
 */
export const leave = (stack: Stack) => query(stack, 'delete from jobs');
