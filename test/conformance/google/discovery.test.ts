/** Rules read straight from the discovery document, and bodies nobody thought of. */

import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ada, eventsPath, isExternal, listAll, newStage, ORIGIN, type Body } from './client.ts';

const shared = process.env.KALENDS_SHARED ?? resolve(import.meta.dirname, '../../../../shared');
const file = resolve(shared, 'providers/data/google-calendar-v3.discovery.json');
const discovery: Body | null = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : null;

/** Known and not played; see DIFFERENCES. */
const NOT_PLAYED = new Set(['calendars.transferOwnership']);

interface Method {
  name: string;
  httpMethod: string;
  path: string;
  scopes: string[];
}

const methods: Method[] = Object.entries<Body>(discovery?.resources ?? {}).flatMap(
  ([resource, { methods: own }]) =>
    Object.entries<Body>(own).map(([verb, { httpMethod, path, scopes }]) => ({
      name: `${resource}.${verb}`,
      httpMethod,
      path,
      scopes,
    })),
);

describe.skipIf(!discovery || isExternal)('the discovery document', () => {
  const played = methods.filter(({ name }) => !NOT_PLAYED.has(name));

  test.for(played)('$name takes exactly its scopes', async ({ httpMethod, path, scopes }) => {
    const stage = newStage();
    const url = `${ORIGIN}/calendar/v3/${path
      .replace('{calendarId}', 'primary')
      .replace('{eventId}', 'nothere')
      .replace('{setting}', 'locale')
      .replace('{ruleId}', 'nothere')}`;
    const accepted: string[] = [];
    const all = Object.keys(discovery?.auth.oauth2.scopes);
    for (const scope of all) {
      const isBodiless = httpMethod === 'GET' || httpMethod === 'DELETE';
      const init = isBodiless ? { method: httpMethod } : { method: httpMethod, body: '{}' };
      const request = new Request(url, init);
      const response = await stage.as(ada, { scopes: [scope] }).fetch(request);
      const text = await response.text();
      if (!text.includes('ACCESS_TOKEN_SCOPE_INSUFFICIENT')) accepted.push(scope);
    }
    expect(accepted.sort()).toEqual([...scopes].sort());
    const { operation } = stage.world.calls.at(-1) ?? {};
    expect(operation?.toLowerCase()).toBe(
      played
        .find((each) => each.path === path && each.httpMethod === httpMethod)
        ?.name.toLowerCase(),
    );
  });

  test('every method is played but those named as not', () => {
    expect(played.length).toBe(methods.length - NOT_PLAYED.size);
  });
});

const when = fc.oneof(
  fc.record({ date: fc.constantFrom('2026-06-10', '2026-06-11', 'x') }),
  fc.record({
    dateTime: fc.constantFrom(
      '2026-06-10T10:00:00Z',
      '2026-06-10T12:00:00',
      '9999-12-31T23:59:59Z',
    ),
    timeZone: fc.constantFrom('Europe/Berlin', 'Mars/Phobos', 'UTC'),
  }),
);
const guest = fc.record(
  {
    email: fc.constantFrom('bob@example.test', 'cleo@example.test', 'no address', 'x@y.test'),
    responseStatus: fc.constantFrom('accepted', 'declined', 'maybe'),
    optional: fc.boolean(),
    additionalGuests: fc.integer({ min: -1, max: 3 }),
  },
  { requiredKeys: ['email'] },
);
const anyBody = fc.record(
  {
    summary: fc.oneof(fc.string(), fc.integer()),
    start: fc.oneof({ weight: 9, arbitrary: when }, { weight: 1, arbitrary: fc.jsonValue() }),
    end: fc.oneof({ weight: 9, arbitrary: when }, { weight: 1, arbitrary: fc.jsonValue() }),
    status: fc.constantFrom('confirmed', 'tentative', 'cancelled', 'deleted'),
    visibility: fc.constantFrom('default', 'public', 'private', 'secret'),
    transparency: fc.constantFrom('opaque', 'transparent'),
    recurrence: fc.array(
      fc.constantFrom(
        'RRULE:FREQ=DAILY;COUNT=3',
        'EXDATE;VALUE=DATE:20260611',
        'RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30',
        'X',
      ),
      { maxLength: 2 },
    ),
    attendees: fc.array(guest, { maxLength: 3 }),
    reminders: fc.jsonValue(),
    extendedProperties: fc.record({ private: fc.dictionary(fc.string(), fc.string()) }),
    conferenceData: fc.jsonValue(),
    eventType: fc.constantFrom('default', 'focusTime', 'birthday', 'x'),
    source: fc.jsonValue(),
    colorId: fc.jsonValue(),
    sequence: fc.integer({ min: -1, max: 5 }),
    nonsense: fc.jsonValue(),
  },
  { requiredKeys: [] },
);

test.skipIf(isExternal)(
  'any sequence of bodies is answered with 200 or a 4xx, always by the schema',
  async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyBody, { minLength: 2, maxLength: 6 }), async (bodies) => {
        const client = newStage().as(ada);
        const statuses: number[] = [];
        for (const body of bodies) {
          const [known] = (await listAll(client, 'primary')).items;
          // The contract would rightly complain about such requests: this one is about the answers.
          const url = `${ORIGIN}/calendar/v3/${eventsPath('primary', known?.id)}?conferenceDataVersion=1`;
          const init = { method: known ? 'PATCH' : 'POST', body: JSON.stringify(body) };
          statuses.push((await client.fetch(new Request(url, init))).status);
          await listAll(client, 'primary', { singleEvents: true, showDeleted: true });
        }
        expect(statuses.filter((status) => ![200, 400, 403, 404].includes(status))).toEqual([]);
      }),
      { numRuns: 150, seed: 7 },
    );
  },
  30_000,
);
