import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createApp } from '../../../src/api/app.ts';
import { Client } from '../../support/client.ts';
import { type Person, startStack } from '../../support/stack.ts';
import { createPrey, createWorld, nowhere, type Prey, takeSnapshot, type World } from './world.ts';

interface Call {
  path: string;
  body?: object;
}

/** What each kind of person gets from a route; a number is a status. */
interface Row {
  access: 'public' | 'optional' | 'channel' | 'user' | 'admin';
  /** A call that is right in all but who makes it. */
  call(prey: Prey, world: World): Call | Promise<Call>;
  owner: number;
  colleague: number;
  stranger: number;
  /** Only for routes that answer those who are signed out. */
  signedOut?: number;
  /** Whether `prey`'s ids are in the call: then another's must look like nobody's. */
  hasIds?: boolean;
}

const newActivity = (prey: Prey) => ({
  lead_id: prey.leadId,
  title: 'Intruder',
  start: '2030-05-07',
  end: '2030-05-08',
});

/** When the victim's events are. */
const spring = 'from=2030-05-01T00:00:00Z&to=2030-06-01T00:00:00Z';

/** One row per route: adding a route without one fails. */
const matrix: Record<string, Row> = {
  'GET /healthz': { ...open(), call: () => ({ path: '/healthz' }) },
  'GET /readyz': { ...open(), call: () => ({ path: '/readyz' }) },
  'GET /api/openapi.json': { ...open(), call: () => ({ path: '/api/openapi.json' }) },
  'GET /api/session': {
    ...open(),
    access: 'optional',
    signedOut: 200,
    call: () => ({ path: '/api/session' }),
  },
  'POST /api/session': {
    access: 'optional',
    signedOut: 401,
    owner: 401,
    colleague: 401,
    stranger: 401,
    call: (_, { owner }) => ({
      path: '/api/session',
      body: { email: `${Math.random()}.${owner.email}`, password: 'guessed' },
    }),
  },
  'PATCH /api/session': {
    ...within(204, 204, 204),
    call: () => ({ path: '/api/session', body: { time_zone: 'Asia/Tokyo' } }),
  },
  'DELETE /api/session': {
    access: 'optional',
    signedOut: 204,
    owner: 204,
    colleague: 204,
    stranger: 204,
    call: () => ({ path: '/api/session' }),
  },
  'GET /api/leads': { ...within(200, 200, 200), call: () => ({ path: '/api/leads' }) },
  'POST /api/leads': {
    ...within(201, 201, 201),
    call: () => ({ path: '/api/leads', body: { name: 'Newcomer' } }),
  },
  'GET /api/leads/:id': {
    ...within(200, 200, 404),
    hasIds: true,
    call: ({ leadId }) => ({ path: `/api/leads/${leadId}` }),
  },
  'GET /api/activities': {
    ...within(200, 200, 200),
    hasIds: true,
    call: ({ leadId }) => ({ path: `/api/activities?lead_id=${leadId}` }),
  },
  'POST /api/activities': {
    ...within(201, 201, 404),
    hasIds: true,
    call: (prey) => ({ path: '/api/activities', body: newActivity(prey) }),
  },
  'GET /api/activities/:id': {
    ...within(200, 200, 404),
    hasIds: true,
    call: ({ activityId }) => ({ path: `/api/activities/${activityId}` }),
  },
  'PATCH /api/activities/:id': {
    ...within(200, 403, 404),
    hasIds: true,
    call: ({ activityId }) => ({
      path: `/api/activities/${activityId}`,
      body: { version: 1, title: 'Taken over' },
    }),
  },
  'DELETE /api/activities/:id': {
    ...within(204, 403, 404),
    hasIds: true,
    call: ({ activityId }) => ({ path: `/api/activities/${activityId}` }),
  },
  'PATCH /api/activities/:id/occurrences/:start': {
    ...within(200, 403, 404),
    hasIds: true,
    call: ({ seriesId }) => ({
      path: `/api/activities/${seriesId}/occurrences/2030-05-08`,
      body: { version: 1, scope: 'following', title: 'Taken over' },
    }),
  },
  'DELETE /api/activities/:id/occurrences/:start': {
    ...within(204, 403, 404),
    hasIds: true,
    call: ({ seriesId }) => ({ path: `/api/activities/${seriesId}/occurrences/2030-05-08` }),
  },
  'GET /api/calendar/events': {
    ...within(200, 200, 200),
    call: () => ({ path: `/api/calendar/events?${spring}` }),
  },
  'GET /api/colleagues': { ...within(200, 200, 200), call: () => ({ path: '/api/colleagues' }) },
  'GET /api/colleagues/:id/busy': {
    ...within(200, 200, 404),
    call: (_, { owner }) => ({ path: `/api/colleagues/${owner.userId}/busy?${spring}` }),
  },
  'GET /api/activities/:id/history': {
    ...within(200, 403, 404),
    hasIds: true,
    call: ({ activityId }) => ({ path: `/api/activities/${activityId}/history` }),
  },
  'POST /api/activities/:id/history/:entryId/undo': {
    ...within(200, 403, 404),
    hasIds: true,
    call: ({ activityId, entryId }) => ({
      path: `/api/activities/${activityId}/history/${entryId}/undo`,
    }),
  },
  'POST /api/activities/:id/restore': {
    ...within(200, 403, 404),
    hasIds: true,
    call: ({ activityId }) => ({ path: `/api/activities/${activityId}/restore` }),
  },
  'POST /api/activities/:id/copies/:linkId/resolve': {
    ...within(200, 403, 404),
    hasIds: true,
    call: ({ activityId, linkId }) => ({
      path: `/api/activities/${activityId}/copies/${linkId}/resolve`,
      body: { choice: 'put-back' },
    }),
  },
  'GET /api/decisions': { ...within(200, 200, 200), call: () => ({ path: '/api/decisions' }) },
  'GET /api/decisions/count': {
    ...within(200, 200, 200),
    call: () => ({ path: '/api/decisions/count' }),
  },
  'POST /api/decisions/resolve': {
    // Each copy gets an answer of its own: another's is not found, whoever asks.
    ...within(200, 200, 200),
    hasIds: true,
    call: ({ linkId }) => ({
      path: '/api/decisions/resolve',
      body: { choice: 'put-back', copy_ids: [linkId] },
    }),
  },
  'POST /api/activities/:id/mirrors': {
    // The prey's calendar is not the one that new events go to.
    ...within(409, 403, 404),
    hasIds: true,
    call: ({ activityId, connectionId }) => ({
      path: `/api/activities/${activityId}/mirrors`,
      body: { connection_id: connectionId, shows: 'all' },
    }),
  },
  'POST /api/activities/:id/answer': {
    // The prey is nobody's invitation.
    ...within(409, 403, 404),
    hasIds: true,
    call: ({ activityId }) => ({
      path: `/api/activities/${activityId}/answer`,
      body: { answer: 'accepted' },
    }),
  },
  'GET /api/calendar/connections/:id/calendars': {
    ...within(200, 404, 404),
    hasIds: true,
    call: ({ connectionId }) => ({ path: `/api/calendar/connections/${connectionId}/calendars` }),
  },
  'PATCH /api/calendar/connections/:id/calendars/:calendarId': {
    ...within(200, 404, 404),
    hasIds: true,
    call: ({ connectionId, calendarId }) => ({
      path: `/api/calendar/connections/${connectionId}/calendars/${calendarId}`,
      body: { direction: 'none' },
    }),
  },
  'POST /api/calendar/connections/:id/calendars/:calendarId/brake': {
    ...within(200, 404, 404),
    hasIds: true,
    call: ({ connectionId, calendarId }) => ({
      path: `/api/calendar/connections/${connectionId}/calendars/${calendarId}/brake`,
      body: { choice: 'delete' },
    }),
  },
  'GET /api/calendar/connections/:id/runs': {
    ...within(200, 404, 404),
    hasIds: true,
    call: ({ connectionId }) => ({ path: `/api/calendar/connections/${connectionId}/runs` }),
  },
  'GET /api/calendar/connections/:id/preview': {
    // Its tokens are made up, so the owner gets as far as the provider.
    ...within(502, 404, 404),
    hasIds: true,
    call: ({ connectionId }) => ({ path: `/api/calendar/connections/${connectionId}/preview` }),
  },
  'POST /api/calendar/connections/:id/start': {
    ...within(200, 404, 404),
    hasIds: true,
    call: ({ connectionId }) => ({ path: `/api/calendar/connections/${connectionId}/start` }),
  },
  'POST /api/calendar/sync': {
    ...within(202, 404, 404),
    hasIds: true,
    call: ({ calendarId }) => ({ path: '/api/calendar/sync', body: { calendar_id: calendarId } }),
  },
  'GET /api/stream': { ...within(200, 200, 200), call: () => ({ path: '/api/stream' }) },
  'GET /api/calendar/connect': {
    ...within(200, 404, 404),
    hasIds: true,
    call: ({ connectionId }) => ({
      path: `/api/calendar/connect?action=connect&provider=google&connection_id=${connectionId}`,
    }),
  },
  'POST /api/calendar/connect': {
    ...within(200, 404, 404),
    hasIds: true,
    call: ({ connectionId }) => ({
      path: '/api/calendar/connect',
      body: { action: 'disconnect', integration_id: connectionId },
    }),
  },
  'GET /api/calendar/google/callback': callback('google'),
  'GET /api/calendar/outlook/callback': callback('outlook'),
  'POST /webhooks/google': { ...rung(404), call: () => ({ path: '/webhooks/google' }) },
  'POST /webhooks/outlook': {
    ...rung(202),
    call: ({ connectionId }) => ({
      path: '/webhooks/outlook',
      body: { value: [{ subscriptionId: connectionId, clientState: 'guessed' }] },
    }),
  },
  'GET /api/admin/connections': {
    access: 'admin',
    owner: 403,
    colleague: 403,
    stranger: 200,
    call: () => ({ path: '/api/admin/connections' }),
  },
  'GET /api/admin/system': {
    access: 'admin',
    owner: 403,
    colleague: 403,
    stranger: 200,
    call: () => ({ path: '/api/admin/system' }),
  },
  'GET /api/admin/policies': {
    access: 'admin',
    owner: 403,
    colleague: 403,
    stranger: 200,
    call: () => ({ path: '/api/admin/policies' }),
  },
  'PUT /api/admin/policies': {
    access: 'admin',
    owner: 403,
    colleague: 403,
    stranger: 200,
    call: () => ({
      path: '/api/admin/policies',
      body: { import_days_back: 30, import_days_ahead: 365, ingest: 'with-lead' },
    }),
  },
  'GET /api/admin/audit': {
    access: 'admin',
    owner: 403,
    colleague: 403,
    stranger: 200,
    call: () => ({ path: '/api/admin/audit' }),
  },
};

function open(): Omit<Row, 'call'> {
  return { access: 'public', owner: 200, colleague: 200, stranger: 200, signedOut: 200 };
}

function within(owner: number, colleague: number, stranger: number): Omit<Row, 'call'> {
  return { access: 'user', owner, colleague, stranger };
}

/** Nobody's session counts here, only a channel's secret: test/server/webhooks. */
function rung(status: number): Omit<Row, 'call'> {
  return {
    access: 'channel',
    owner: status,
    colleague: status,
    stranger: status,
    signedOut: status,
  };
}

/** A callback ends on a page, whoever comes; that it connected nothing is asserted on the table. */
function callback(provider: 'google' | 'outlook'): Row {
  return {
    access: 'optional',
    owner: 303,
    colleague: 303,
    stranger: 303,
    signedOut: 303,
    async call(_, { owner }) {
      const { url } = await owner.client.get<{ url: string }>(
        `/api/calendar/connect?action=connect&provider=${provider}`,
      );
      const state = new URL(url).searchParams.get('state');
      return { path: `/api/calendar/${provider}/callback?code=stolen&state=${state}` };
    },
  };
}

let world: World;
const routes: string[] = [];

beforeAll(async () => {
  const stack = await startStack({ withWorker: false });
  world = await createWorld(stack);
  const twin = await createApp(stack.context, {
    onRoute: ({ method, url }) => {
      for (const one of [method].flat()) routes.push(`${one} ${url}`);
    },
  });
  await twin.close();
});

afterAll(async () => {
  await world.database.end();
  await world.stack.stop();
});

test('[S1] every route has its row in the matrix, and every row its route', () => {
  expect(routes.toSorted()).toEqual(Object.keys(matrix).toSorted());
});

describe.each(Object.entries(matrix))('[S1] %s', (route, row) => {
  const method = route.split(' ')[0] ?? '';
  const isUnsafe = !['GET', 'HEAD'].includes(method);
  // Signing out ends a session, so it gets one of its own.
  const clientOf = async (person: Person) =>
    route === 'DELETE /api/session' ? signInAgain(person) : person.client;

  const send = (client: Client, call: Call, options: SendOptions = {}) =>
    sendCall(client, method, call, options);

  test('answers whom it is for', async () => {
    const prey = await createPrey(world);
    const person = await clientOf(row.access === 'admin' ? world.admin : world.owner);
    const expected = row.access === 'admin' ? 200 : row.owner;
    expect((await send(person, await row.call(prey, world))).status).toBe(expected);
  });

  test('is closed to whoever is signed out', async () => {
    const prey = await createPrey(world);
    const answer = await send(signedOut(), await row.call(prey, world));
    expect(answer.status).toBe(row.signedOut ?? 401);
    expectNothingTold(answer, prey);
    if (row.signedOut === undefined) expect(answer.code).toBe('signed-out');
    if (isUnsafe) await expectUntouched(prey);
  });

  test('is closed to a disabled user with a living session', async () => {
    const prey = await createPrey(world);
    const person = row.access === 'admin' ? world.disabledAdmin : world.disabled;
    const answer = await send(person.client, await row.call(prey, world));
    expect(answer.status).toBe(row.signedOut ?? 401);
    expectNothingTold(answer, prey);
    await expectUntouched(prey);
  });

  test('gives a colleague what is a colleague’s', async () => {
    const prey = await createPrey(world);
    const answer = await send(await clientOf(world.colleague), await row.call(prey, world));
    expect(answer.status).toBe(row.colleague);
    if (row.access === 'admin') expect(answer.code).toBe('admin-only');
    if (row.colleague >= 300 || route === 'POST /api/decisions/resolve')
      await expectUntouched(prey);
  });

  test('shows another tenant nothing, and the same nothing as for ids of nobody', async () => {
    const prey = await createPrey(world);
    const stranger = await clientOf(world.stranger);
    const answer = await send(stranger, await row.call(prey, world));
    expect(answer.status).toBe(row.stranger);
    expectNothingTold(answer, prey);
    await expectUntouched(prey);
    if (!row.hasIds) return;
    const control = await send(stranger, await row.call(nowhere(), world));
    expect({ status: answer.status, text: answer.text }).toEqual({
      status: control.status,
      text: control.text,
    });
  });

  // A channel's secret is in no browser: there is nothing to forge a request with.
  if (!isUnsafe || row.access === 'channel') return;

  test('[attack 32] refuses a request without our token', async () => {
    const prey = await createPrey(world);
    const person = await clientOf(row.access === 'admin' ? world.admin : world.owner);
    for (const token of [null, '', 'made up', await tokenOf(world.colleague.client)]) {
      const answer = await send(person, await row.call(prey, world), {
        headers: token === null ? {} : { 'x-csrf-token': token },
        withoutCsrf: true,
      });
      expect(answer).toMatchObject({ status: 403, code: 'wrong-csrf-token' });
    }
    await expectUntouched(prey);
  });

  test('[attack 32] refuses what another site sends', async () => {
    const prey = await createPrey(world);
    const person = await clientOf(row.access === 'admin' ? world.admin : world.owner);
    const token = { 'x-csrf-token': await tokenOf(person) };
    for (const headers of [
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { origin: `${world.stack.url}.evil.example` },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
    ]) {
      const answer = await send(person, await row.call(prey, world), {
        headers: { ...token, ...headers },
        withoutCsrf: true,
      });
      expect(answer).toMatchObject({ status: 403, code: 'foreign-origin' });
    }
    await expectUntouched(prey);
  });
});

interface SendOptions {
  headers?: object;
  withoutCsrf?: boolean;
}

interface Answer {
  status: number;
  code: string | undefined;
  text: string;
}

async function sendCall(
  client: Client,
  method: string,
  { path, body }: Call,
  { headers = {}, withoutCsrf = false }: SendOptions,
): Promise<Answer> {
  const response = await client.fetch(path, {
    method,
    redirect: 'manual',
    withoutCsrf,
    headers: { ...headers, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  });
  // The stream has no end; what it begins with is enough.
  const isStream = response.headers.get('content-type')?.startsWith('text/event-stream');
  const text = isStream ? await readSome(response) : await response.text();
  const isProblem = response.headers.get('content-type')?.startsWith('application/problem+json');
  const { code } = isProblem ? (JSON.parse(text) as { code: string }) : { code: undefined };
  return { status: response.status, code, text: text + (response.headers.get('location') ?? '') };
}

async function readSome(response: Response): Promise<string> {
  const reader = response.body?.getReader();
  const chunk = await reader?.read();
  await reader?.cancel();
  return new TextDecoder().decode(chunk?.value);
}

function signedOut(): Client {
  return new Client(world.stack.url);
}

async function signInAgain({ email, password }: Person): Promise<Client> {
  const client = signedOut();
  await client.signIn(email, password);
  return client;
}

async function tokenOf(client: Client): Promise<string> {
  return (await client.get<{ csrf_token: string }>('/api/session')).csrf_token;
}

function expectNothingTold(answer: Answer, prey: Prey): void {
  for (const secret of prey.secrets) expect(answer.text).not.toContain(secret);
}

async function expectUntouched(prey: Prey): Promise<void> {
  expect(await takeSnapshot(world, prey)).toEqual(prey.snapshot);
}
