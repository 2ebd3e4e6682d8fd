import { expect, test } from 'vitest';
import { createFaults } from '../../../sandbox/faults.ts';
import { createSandbox } from '../../../sandbox/sandbox.ts';
import { connect, refresh } from '../oauth/support.ts';
import {
  ORIGIN,
  PEOPLE,
  callAs,
  countEvents,
  createPlayedSandbox,
  googleEvents,
  graphEvents,
  graphMeeting,
  meeting,
} from './support.ts';

interface ErrorBody {
  error: {
    code: number | string;
    errors?: { reason: string }[];
    innerError?: Record<string, string>;
  };
}

const insert = (sandbox: ReturnType<typeof createSandbox>) =>
  callAs(sandbox, 'google', 'POST', googleEvents, { body: meeting('Lunch') });

test('a rule fires on the nth matching call and no other', async () => {
  const sandbox = createSandbox();
  sandbox.faults.add({
    match: { provider: 'google', operation: 'events.insert', calendarId: 'primary' },
    nth: 3,
    effect: { kind: 'status', status: 503 },
  });
  const statuses: number[] = [];
  for (let count = 0; count < 4; count++) statuses.push((await insert(sandbox)).status);
  expect(statuses).toEqual([200, 200, 503, 200]);
  expect(await countEvents(sandbox, 'google')).toBe(3);
});

test('primary and its owner’s address are one calendar, whichever of them a rule or a call names', async () => {
  const byAddress = googleEvents.replace('primary', encodeURIComponent(PEOPLE.google));
  const other = googleEvents.replace('primary', 'ben%40northwind.sandbox');
  for (const calendarId of ['primary', PEOPLE.google, PEOPLE.google.toUpperCase()]) {
    const sandbox = createSandbox();
    sandbox.faults.add({
      match: { operation: 'events.list', calendarId },
      times: 'always',
      effect: { kind: 'status', status: 503 },
    });
    for (const path of [googleEvents, byAddress]) {
      expect((await callAs(sandbox, 'google', 'GET', path)).status, calendarId).toBe(503);
    }
    expect((await callAs(sandbox, 'google', 'GET', other)).status, calendarId).not.toBe(503);
  }
});

test('a rule fires as often as it says, or always', async () => {
  const sandbox = createSandbox();
  const id = sandbox.faults.add({ times: 2, effect: { kind: 'status', status: 500 } });
  expect([(await insert(sandbox)).status, (await insert(sandbox)).status]).toEqual([500, 500]);
  expect((await insert(sandbox)).status).toBe(200);
  expect(sandbox.faults.list()).toMatchObject([{ id, matchCount: 3, fireCount: 2 }]);
  sandbox.faults.clear();
  sandbox.faults.add({ times: 'always', effect: { kind: 'status', status: 500 } });
  for (let count = 0; count < 5; count++) expect((await insert(sandbox)).status).toBe(500);
});

test('a chance is drawn from the random numbers it is given', () => {
  const draws = [0.1, 0.9, 0.1];
  const faults = createFaults(() => draws.shift() ?? 1);
  faults.add({ chance: 0.5, effect: { kind: 'lose' } });
  const call = {
    provider: 'google' as const,
    operation: 'events.list',
    method: 'GET',
    url: '/',
    accountId: null,
    accountEmail: null,
    calendarId: null,
    channelId: null,
  };
  const fired = [0, 1, 2, 3].map(() => faults.draw(call) !== undefined);
  expect(fired).toEqual([true, false, true, false]);
});

/** Every way to say which calls are meant, with one that fits and one that does not. */
const matches = [
  ['provider', { provider: 'google' }, { provider: 'outlook' }],
  ['operation', { operation: 'events.insert' }, { operation: 'events.patch' }],
  ['method', { method: 'POST' }, { method: 'GET' }],
  ['path', { path: 'sendUpdates=none' }, { path: 'sendUpdates=all' }],
  ['calendar', { calendarId: 'primary' }, { calendarId: 'another' }],
  ['address', { account: PEOPLE.google }, { account: 'ben@northwind.sandbox' }],
  ['account id', { account: '117360284915503728461' }, { account: '1' }],
] as const;

test.each(matches)('a rule names its calls by %s', async (_, fitting, other) => {
  const statusWith = async (match: object) => {
    const sandbox = createSandbox();
    sandbox.faults.add({ match, effect: { kind: 'status', status: 503 } });
    const path = `${googleEvents}?sendUpdates=none`;
    return (await callAs(sandbox, 'google', 'POST', path, { body: meeting('Lunch') })).status;
  };
  expect(await statusWith(fitting)).toBe(503);
  expect(await statusWith(other)).toBe(200);
});

test('a status has the body that the provider usually gives it', async () => {
  const sandbox = createSandbox();
  sandbox.faults.add({
    match: { provider: 'google' },
    effect: { kind: 'status', status: 403, reason: 'quotaExceeded' },
  });
  const google = (await (await insert(sandbox)).json()) as ErrorBody;
  expect(google.error.code).toBe(403);
  expect(google.error.errors?.[0]?.reason).toBe('quotaExceeded');

  sandbox.faults.add({ match: { provider: 'outlook' }, effect: { kind: 'status', status: 429 } });
  const graph = await callAs(sandbox, 'outlook', 'GET', graphEvents);
  expect(((await graph.json()) as ErrorBody).error.code).toBe('ApplicationThrottled');
});

test('Retry-After is seconds, a fraction of one, or a date by the provider clock', async () => {
  const { sandbox } = createPlayedSandbox();
  const retryAfter = async (effect: { retryAfterS?: number; retryAfterDateS?: number }) => {
    sandbox.faults.add({ effect: { kind: 'status', status: 429, ...effect } });
    return (await insert(sandbox)).headers.get('retry-after');
  };
  expect(await retryAfter({ retryAfterS: 7 })).toBe('7');
  expect(await retryAfter({ retryAfterS: 0.5 })).toBe('0.5');
  expect(await retryAfter({ retryAfterDateS: 60 })).toBe('Mon, 23 Nov 2026 09:01:00 GMT');
  expect(await retryAfter({})).toBeNull();
});

test.each(['time-out', 'reset'] as const)(
  'a %s before the effect leaves nothing, after the effect it leaves the event',
  async (kind) => {
    const sandbox = createSandbox();
    sandbox.faults.add({ effect: { kind, when: 'before' } });
    await expect(insert(sandbox)).rejects.toThrow(TypeError);
    expect(await countEvents(sandbox, 'google')).toBe(0);
    sandbox.faults.add({ effect: { kind, when: 'after' } });
    await expect(insert(sandbox)).rejects.toThrow('fetch failed');
    expect(await countEvents(sandbox, 'google')).toBe(1);
  },
);

test('a status of Google has the place of the error, and 401 the front end’s shape', async () => {
  const sandbox = createSandbox();
  const errorWith = async (status: number, reason?: string) => {
    sandbox.faults.add({ effect: { kind: 'status', status, ...(reason && { reason }) } });
    return ((await (await insert(sandbox)).json()) as ErrorBody).error;
  };
  expect(await errorWith(401)).toMatchObject({ status: 'UNAUTHENTICATED' });
  expect(await errorWith(403, 'insufficientPermissions')).toMatchObject({
    status: 'PERMISSION_DENIED',
    details: [{ reason: 'ACCESS_TOKEN_SCOPE_INSUFFICIENT' }],
  });
  expect(await errorWith(410)).toMatchObject({
    errors: [{ domain: 'calendar', reason: 'fullSyncRequired', location: 'syncToken' }],
  });
  expect(await errorWith(410, 'deleted')).toEqual({
    code: 410,
    message: 'Resource has been deleted',
    errors: [{ domain: 'global', reason: 'deleted', message: 'Resource has been deleted' }],
  });
  expect(await errorWith(412)).toMatchObject({ errors: [{ location: 'If-Match' }] });
});

test('a status of Graph has request ids in its body and its headers', async () => {
  const sandbox = createSandbox();
  const reason = 'ErrorServerBusy';
  sandbox.faults.add({ effect: { kind: 'status', status: 503, reason } });
  const response = await callAs(sandbox, 'outlook', 'GET', graphEvents);
  const { error } = (await response.json()) as ErrorBody;
  const message = 'The server cannot service this request right now. Try again later.';
  expect(error).toMatchObject({ code: reason, message });
  expect(response.headers.get('request-id')).toBe(error.innerError?.['request-id']);
  expect(error.innerError?.['client-request-id']).toMatch(/^[0-9a-f-]{36}$/);
});

test('a status can come after the effect too', async () => {
  const sandbox = createSandbox();
  sandbox.faults.add({ effect: { kind: 'status', status: 503, when: 'after' } });
  const body = graphMeeting('Lunch');
  expect((await callAs(sandbox, 'outlook', 'POST', graphEvents, { body })).status).toBe(503);
  expect(await countEvents(sandbox, 'outlook')).toBe(1);
});

test('a call that a fault kept from the provider is in the record with its cost', async () => {
  const sandbox = createSandbox();
  sandbox.faults.add({ effect: { kind: 'status', status: 503 } });
  await callAs(sandbox, 'google', 'PATCH', `${googleEvents}/abcde`, { body: {} });
  sandbox.faults.add({ effect: { kind: 'reset', when: 'before' } });
  await insert(sandbox).catch(() => {});
  expect(sandbox.calls).toMatchObject([
    { operation: 'events.patch', status: 503, quotaUnits: 3, accountId: '117360284915503728461' },
    { operation: 'events.insert', status: 0, quotaUnits: 1 },
  ]);
});

test('a cut body breaks off in the middle', async () => {
  const sandbox = createSandbox();
  sandbox.faults.add({ effect: { kind: 'cut-body', part: 0.3 } });
  const response = await insert(sandbox);
  expect(response.status).toBe(200);
  await expect(response.text()).rejects.toThrow();
  expect(await countEvents(sandbox, 'google')).toBe(1);
});

test('malformed JSON, an HTML page and a wrong content type come with a status that looks right', async () => {
  const sandbox = createSandbox();
  sandbox.faults.add({ effect: { kind: 'malformed-json' } });
  const malformed = await insert(sandbox);
  expect(malformed.status).toBe(200);
  await expect(malformed.json()).rejects.toThrow(SyntaxError);

  sandbox.faults.add({ effect: { kind: 'html-page', status: 200 } });
  const page = await insert(sandbox);
  expect(page.headers.get('content-type')).toContain('text/html');
  expect(await page.text()).toContain('<html>');

  sandbox.faults.add({ effect: { kind: 'wrong-content-type' } });
  const wrong = await insert(sandbox);
  expect(wrong.headers.get('content-type')).toBe('text/plain');
  expect(await wrong.json()).toMatchObject({ summary: 'Lunch' });
});

test('a listing can be empty, truncated or repeat an entry, and looks complete', async () => {
  const sandbox = createSandbox();
  for (let count = 0; count < 3; count++) await insert(sandbox);
  interface Listing {
    items: { id: string }[];
    nextPageToken?: string;
    nextSyncToken?: string;
  }
  const list = async (effect: Parameters<typeof sandbox.faults.add>[0]['effect']) => {
    sandbox.faults.add({ match: { operation: 'events.list' }, effect });
    return (await (await callAs(sandbox, 'google', 'GET', googleEvents)).json()) as Listing;
  };
  const empty = await list({ kind: 'truncate-listing' });
  expect(empty.items).toEqual([]);
  expect(empty.nextSyncToken).toBeTruthy();
  expect((await list({ kind: 'truncate-listing', keep: 2 })).items).toHaveLength(2);
  const repeated = await list({ kind: 'repeat-entries' });
  expect(repeated.items).toHaveLength(4);
  expect(repeated.items[0]).toEqual(repeated.items[1]);

  await callAs(sandbox, 'outlook', 'POST', graphEvents, { body: graphMeeting('Lunch') });
  sandbox.faults.add({ effect: { kind: 'truncate-listing' } });
  const graph = await callAs(sandbox, 'outlook', 'GET', graphEvents);
  expect(((await graph.json()) as { value: unknown[] }).value).toEqual([]);
});

test('a delay waits by the time of the runtime', async () => {
  const { sandbox, pass } = createPlayedSandbox();
  sandbox.faults.add({ effect: { kind: 'delay', delayMs: 60_000 } });
  let status = 0;
  void insert(sandbox).then((response) => (status = response.status));
  await pass(59_999);
  expect(status).toBe(0);
  await pass(1);
  await pass(0);
  expect(status).toBe(200);
});

test('expired tokens: by rule in the middle of a round, or all of an account at once', async () => {
  const sandbox = createSandbox();
  const token = sandbox.issueToken({ provider: 'google', email: PEOPLE.google });
  const list = () =>
    sandbox.fetch(
      new Request(ORIGIN + googleEvents, { headers: { authorization: `Bearer ${token}` } }),
    );
  expect((await list()).status).toBe(200);
  sandbox.faults.add({ effect: { kind: 'expire-token' } });
  expect((await list()).status).toBe(401);
  expect((await list()).status).toBe(401);

  sandbox.issueToken({ provider: 'google', email: PEOPLE.google });
  sandbox.issueToken({ provider: 'outlook', email: PEOPLE.outlook });
  expect(sandbox.expireAccessTokens({ provider: 'google' })).toBe(1);
  expect(sandbox.expireAccessTokens()).toBe(1);
});

test('the token endpoint fails by the same rules, with a reply lost after the effect', async () => {
  const sandbox = createSandbox({ switches: { 'outlook.oauth.strict-rotation': true } });
  sandbox.faults.add({
    match: { operation: 'oauth.token', path: 'grant_type=refresh_token' },
    effect: { kind: 'time-out', when: 'after' },
  });
  const { refresh_token: token = '' } = await connect(sandbox, 'outlook');
  await expect(refresh(sandbox, 'outlook', token)).rejects.toThrow('fetch failed');
  expect((await refresh(sandbox, 'outlook', token)).status).toBe(400);
});

test('the clock of the providers can be ahead of the application, or behind', async () => {
  const { sandbox } = createPlayedSandbox();
  sandbox.clockOffsetMs = 3_600_000;
  const response = await insert(sandbox);
  expect(((await response.json()) as { created: string }).created).toBe('2026-11-23T10:00:00.000Z');
  expect(sandbox.calls[0]?.at).toBe(Date.UTC(2026, 10, 23, 10));
});

test.each([
  [{ effect: { kind: 'stat' } }, 'no effect stat'],
  [{ effect: { kind: 'status' } }, 'an effect of kind status needs a status'],
  [{ match: { opration: 'events.insert' }, effect: { kind: 'reset' } }, 'cannot match by opration'],
  [{ effect: { kind: 'reset' }, times: 'alway' }, 'times is a whole number, or always'],
])('a rule that could never fire is refused: %j', (wish, message) => {
  expect(() => createSandbox().faults.add(wish as never)).toThrow(message);
});
