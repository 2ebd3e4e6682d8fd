import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Person, type Stack, startStack } from '../../support/stack.ts';

/** Per kind of request; more with FUZZ_RUNS. */
const RUNS = Number(process.env['FUZZ_RUNS'] ?? 100);
const TIMEOUT_MS = 60_000 + RUNS * 300;

let stack: Stack;
let person: Person;
let leadId: string;
let activityId: string;

beforeAll(async () => {
  stack = await startStack({ withWorker: false });
  person = await stack.addPerson();
  ({ id: leadId } = await person.client.send<{ id: string }>('POST', '/api/leads', { name: 'x' }));
  ({ id: activityId } = await person.client.send<{ id: string }>('POST', '/api/activities', {
    lead_id: leadId,
    title: 'x',
    start: '2030-01-01',
    end: '2030-01-02',
  }));
});

afterAll(() => stack.stop());

/** Texts that have broken something somewhere: surrogates, controls, far dates, other numbers. */
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.constantFrom(
    '\ud800',
    'a\0b',
    '2030-01-01T00:00',
    '2030-01-01',
    '0000-01-01T00:00:00Z',
    '9999-12-31T23:59:60Z',
    '2030-02-30T10:00:00+23:59',
    'Europe/Berlin',
    'UTC',
    'private',
    '\u202E',
    "';--",
  ),
);
const value = fc.oneof(
  { weight: 4, arbitrary: text },
  fc.jsonValue({ maxDepth: 3 }),
  fc.constantFrom(1, 0, -1, 1e300, 2 ** 53, 2 ** 31, 1.5, null, true),
);
const names = 'lead_id title start end time_zone description location visibility show_as version';
const body = (more: Record<string, fc.Arbitrary<unknown>> = {}) =>
  fc.record(
    {
      ...Object.fromEntries(names.split(' ').map((name) => [name, value])),
      ...more,
    },
    { requiredKeys: Object.keys(more) },
  );

/** Without half characters, which no address can hold. */
const toWellFormed = (one: string) => Buffer.from(one).toString();

async function expectNoFault(method: string, path: string, sent?: unknown): Promise<void> {
  const answer = await person.client.sendRaw(method, path, sent);
  const answered = await answer.text();
  expect({ status: answer.status, answered }).toEqual({
    status: expect.toSatisfy((status: number) => status < 500),
    answered,
  });
}

test('no body makes the server fault', { timeout: TIMEOUT_MS }, async () => {
  const title = fc.constant('x');
  const start = fc.constantFrom('2030-01-01', '2030-01-01T09:00');
  const creations = body({ lead_id: fc.constant(leadId), title, start, end: start });
  await fc.assert(
    fc.asyncProperty(fc.oneof(creations, body(), value), async (sent) => {
      await expectNoFault('POST', '/api/activities', sent);
    }),
    { numRuns: RUNS },
  );
  const version = fc.constantFrom(1, 1e300, 2 ** 31);
  await fc.assert(
    fc.asyncProperty(fc.oneof(body({ version }), body()), async (sent) => {
      await expectNoFault('PATCH', `/api/activities/${activityId}`, sent);
    }),
    { numRuns: RUNS },
  );
  const lead = fc.record(
    { name: text, company: text, email: text, phone: text },
    { requiredKeys: ['name'] },
  );
  await fc.assert(
    fc.asyncProperty(fc.oneof(lead, value), (sent) => expectNoFault('POST', '/api/leads', sent)),
    { numRuns: RUNS },
  );
});

test('no address makes the server fault', { timeout: TIMEOUT_MS }, async () => {
  const query = fc.record(
    { q: text, cursor: text, lead_id: text, from: text, to: text, action: text, provider: text },
    { requiredKeys: [] },
  );
  const path = fc.oneof(
    fc.constantFrom('/api/leads', '/api/activities', '/api/calendar/connect'),
    text.map((id) => `/api/leads/${encodeURIComponent(toWellFormed(id))}`),
  );
  await fc.assert(
    fc.asyncProperty(path, query, async (address, members) => {
      const wellFormed = Object.entries(members).map(([name, one]) => [name, toWellFormed(one)]);
      const search = new URLSearchParams(wellFormed as [string, string][]);
      await expectNoFault('GET', `${address}?${search.toString()}`);
    }),
    { numRuns: RUNS },
  );
  for (const instant of ['0000-01-01T00:00:00Z', '0001-01-01T00:00:00Z', '9999-12-31T23:59:59Z']) {
    await expectNoFault('GET', `/api/activities?from=${instant}&to=${instant}`);
  }
});
