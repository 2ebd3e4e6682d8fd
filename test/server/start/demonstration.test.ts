import { afterEach, expect, test } from 'vitest';
import { Temporal } from 'temporal-polyfill';
import { seedDemonstration } from '../../../src/seed.ts';
import { query } from '../../support/query.ts';
import { type Stack, startStack } from '../../support/stack.ts';

let stack: Stack;
afterEach(() => stack.stop());

const DAY_MS = 24 * 60 * 60_000;

/** The demonstration as it is made at a moment. */
async function seedAt(moment: string): Promise<void> {
  stack = await startStack({ withWorker: false });
  const { context } = stack;
  const runtime = { ...context.runtime, now: () => Date.parse(moment) };
  await seedDemonstration({ ...context, runtime });
}

const isWorkingTime = (at: Date) => {
  const there = Temporal.Instant.fromEpochMilliseconds(at.getTime()).toZonedDateTimeISO(
    'Europe/Berlin',
  );
  return there.dayOfWeek <= 5 && there.hour >= 9 && there.hour < 17;
};

test.each([
  ['on a Sunday', '2026-11-29T10:00:00Z'],
  ['when Monday has begun in Berlin alone', '2026-11-29T23:30:00Z'],
  ['in the middle of a week', '2026-04-01T12:00:00Z'],
])('made %s, the demonstration has been used for months, at work', async (_, moment) => {
  await seedAt(moment);
  const now = Date.parse(moment);
  const leads = await query<{ created_at: Date }>(stack, 'select created_at from leads');
  const events = await query<{ starts_at: Date; created_at: Date; lead_at: Date }>(
    stack,
    `select e.starts_at, e.created_at, l.created_at as lead_at
     from calendar_events e join leads l on l.tenant_id = e.tenant_id and l.id = e.lead_id`,
  );
  const history = await query<{ at: Date; change: string; starts_at: Date }>(
    stack,
    `select h.at, h.change, e.starts_at from event_history h
     join calendar_events e on e.tenant_id = h.tenant_id and e.id = h.event_id`,
  );

  const added = leads.map(({ created_at }) => created_at.getTime());
  expect(Math.max(...added)).toBeLessThan(now - 21 * DAY_MS);
  expect(Math.min(...added)).toBeLessThan(now - 150 * DAY_MS);
  const isOrdered = ({ lead_at, created_at, starts_at }: (typeof events)[number]) =>
    lead_at < created_at && created_at < starts_at;
  expect(events.filter((event) => !isOrdered(event))).toEqual([]);
  const coming = events.filter(({ starts_at }) => starts_at.getTime() > now);
  expect(Math.min(...coming.map(({ created_at }) => created_at.getTime()))).toBeGreaterThan(
    now - 21 * DAY_MS,
  );
  expect(history.length).toBeGreaterThan(events.length);
  const isBefore = ({ at, starts_at }: (typeof history)[number]) =>
    at < starts_at && at.getTime() < now;
  expect(history.filter((entry) => !isBefore(entry))).toEqual([]);
  const moments = [...leads.map(({ created_at }) => created_at), ...history.map(({ at }) => at)];
  expect(moments.filter((at) => !isWorkingTime(at))).toEqual([]);
  // Not all of a morning.
  expect(new Set(history.map(({ at }) => at.toISOString().slice(0, 10))).size).toBeGreaterThan(15);
});
