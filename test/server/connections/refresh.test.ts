import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { type ConnectionRef, withAccessToken } from '../../../src/jobs/access-token.ts';
import { disconnect } from '../../../src/jobs/disconnect.ts';
import type { Engine } from '../../../src/jobs/engine.ts';
import { ProviderError } from '../../../src/providers/provider-error.ts';
import { type Person, type Stack, startStack } from '../../support/stack.ts';
import { type EngineOptions, isRefresh, type OwnEngine, startEngine } from './engines.ts';
import type { Order } from './worker-process.ts';
import { anna, connect, countTokenCalls, list, read, type Slug } from './support.ts';
import { query } from '../../support/query.ts';

let stack: Stack;
let person: Person;
const engines: OwnEngine[] = [];
beforeAll(async () => {
  stack = await startStack({ withWorker: false });
  person = await stack.addPerson();
});
afterAll(() => stack.stop());
beforeEach(async () => {
  stack.sandbox.reset();
  await query(stack, 'delete from calendar_integrations');
});
afterEach(async () => {
  await Promise.all(engines.splice(0).map((engine) => engine.close()));
});

function newEngine(options?: EngineOptions): Engine {
  const engine = startEngine(stack, options);
  engines.push(engine);
  return engine;
}

const emails: Record<Slug, string> = { google: anna.google, outlook: anna.outlook };

async function addConnection(provider: Slug): Promise<ConnectionRef> {
  const { id } = await connect(stack, person, provider, emails[provider]);
  stack.sandbox.clearRecords();
  return { tenantId: person.tenantId, connectionId: id };
}

/** The stored access token has ended, as both sides know. */
async function expire({ connectionId }: ConnectionRef, endsInMs = -1_000): Promise<void> {
  await query(
    stack,
    'update calendar_integrations set token_expires_at = $2, refresh_locked_until = null where id = $1',
    [connectionId, new Date(Date.now() + endsInMs)],
  );
  if (endsInMs < 0) stack.sandbox.expireAccessTokens();
}

const set = (what: string) => query(stack, `update calendar_integrations set ${what}`);

const echo = async (token: string) => token;
const listWith = (engine: Engine, provider: Slug) => async (accessToken: string) => {
  const adapter = engine.providers.get(provider === 'google' ? 'GOOGLE' : 'OUTLOOK');
  await adapter?.listCalendars(accessToken);
  return accessToken;
};

const kindOf = async (work: Promise<unknown>): Promise<string> => {
  const error: unknown = await work.then(
    () => 'no error',
    (thrown: unknown) => thrown,
  );
  return error instanceof ProviderError ? error.kind : String(error);
};

test.each(['google', 'outlook'] as const)(
  '[F37] [attack 14] twenty workers that want one expired %s token make one refresh call',
  async (provider) => {
    stack.sandbox.setSwitch('outlook.oauth.strict-rotation', true);
    const connection = await addConnection(provider);
    await expire(connection);
    const twenty = Array.from({ length: 20 }, () => newEngine());
    const tokens = await Promise.all(
      twenty.map((engine) => withAccessToken(engine, connection, listWith(engine, provider))),
    );
    expect(countTokenCalls(stack, 'refresh')).toBe(1);
    expect(new Set(tokens).size).toBe(1);
    expect((await read(stack, connection.connectionId)).state).toBe('active');

    // The chain is alive: the rotated refresh token is the one that was kept.
    await expire(connection);
    await withAccessToken(newEngine(), connection, echo);
    expect(countTokenCalls(stack, 'refresh')).toBe(2);
  },
);

test.each(['google', 'outlook'] as const)(
  '[attack 14] twenty workers whose %s token is rejected make one refresh call, and repeat once',
  async (provider) => {
    stack.sandbox.setSwitch('outlook.oauth.strict-rotation', true);
    const connection = await addConnection(provider);
    stack.sandbox.expireAccessTokens();
    const twenty = Array.from({ length: 20 }, () => newEngine());
    const tries: string[] = [];
    await Promise.all(
      twenty.map((engine) =>
        withAccessToken(engine, connection, (token) => {
          tries.push(token);
          return listWith(engine, provider)(token);
        }),
      ),
    );
    expect(countTokenCalls(stack, 'refresh')).toBe(1);
    expect(new Set(tries).size).toBe(2);
    expect(tries.length).toBeLessThanOrEqual(40);
  },
);

test('[attack 14] twenty workers in four processes make one refresh call', async () => {
  stack.sandbox.setSwitch('outlook.oauth.strict-rotation', true);
  const connection = await addConnection('outlook');
  await expire(connection);
  const { config, keys } = stack.context;
  const { currentId } = keys.ring;
  const order: Order = {
    config,
    roleUrls: stack.database.roleUrls,
    key: { id: currentId, base64: keys.ring.keys.get(currentId)?.toString('base64') ?? '' },
    connection,
    workerCount: 5,
    beginAt: Date.now() + 8_000,
  };
  const hashes = await Promise.all(Array.from({ length: 4 }, () => runProcess(order)));
  expect(hashes.flat()).toHaveLength(20);
  expect(new Set(hashes.flat()).size).toBe(1);
  expect(countTokenCalls(stack, 'refresh')).toBe(1);
});

/** The answer of a process that runs worker-process.ts. */
async function runProcess(order: Order): Promise<string[]> {
  const script = fileURLToPath(new URL('worker-process.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', script], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin.end(JSON.stringify(order));
  return JSON.parse(await text(child.stdout)) as string[];
}

test('a token that ends in six minutes is used; one that ends in four is refreshed first', async () => {
  const connection = await addConnection('google');
  await expire(connection, 6 * 60_000);
  await withAccessToken(newEngine(), connection, echo);
  expect(countTokenCalls(stack, 'refresh')).toBe(0);
  await expire(connection, 4 * 60_000);
  await withAccessToken(newEngine(), connection, echo);
  expect(countTokenCalls(stack, 'refresh')).toBe(1);
});

test('tokens that live for a minute only are refreshed once per use at most, and nobody waits in vain', async () => {
  stack.sandbox.setSwitch('google.oauth.access-token-lifetime-s', 60);
  const connection = await addConnection('google');
  await expire(connection);
  const many = Array.from({ length: 6 }, () => newEngine());
  await Promise.all(many.map((engine) => withAccessToken(engine, connection, echo)));
  expect(countTokenCalls(stack, 'refresh')).toBeLessThanOrEqual(6);
});

test('a token that is rejected also after its refresh is not refreshed for ever', async () => {
  const connection = await addConnection('google');
  const engine = newEngine();
  let tries = 0;
  const rejected = withAccessToken(engine, connection, () => {
    tries++;
    throw new ProviderError('token-rejected', 'rejected');
  });
  expect(await kindOf(rejected)).toBe('token-rejected');
  expect(tries).toBe(2);
  expect(countTokenCalls(stack, 'refresh')).toBe(1);
});

test('what else goes wrong in the work is its own: nothing is repeated', async () => {
  const connection = await addConnection('google');
  let tries = 0;
  const work = withAccessToken(newEngine(), connection, () => {
    tries++;
    throw new ProviderError('unavailable', 'down');
  });
  expect(await kindOf(work)).toBe('unavailable');
  expect(tries).toBe(1);
});

test('both new tokens are stored together, and the old ones are gone', async () => {
  const connection = await addConnection('outlook');
  const before = await read(stack, connection.connectionId);
  await expire(connection);
  await withAccessToken(newEngine(), connection, echo);
  const after = await read(stack, connection.connectionId);
  expect(after.token_version).toBe(before.token_version + 1);
  expect(after.access_token).not.toBe(before.access_token);
  expect(after.refresh_token).not.toBe(before.refresh_token);
  expect(after.refresh_locked_until).toBeNull();
  expect(after.token_expires_at?.getTime()).toBeGreaterThan(Date.now() + 50 * 60_000);
});

test('[attack 14] a refresh whose answer was lost leaves the old refresh token, and a later one works', async () => {
  const connection = await addConnection('outlook');
  await expire(connection);
  const before = await read(stack, connection.connectionId);
  stack.sandbox.faults.add({
    match: { operation: 'oauth.token' },
    effect: { kind: 'reset', when: 'after' },
  });
  expect(await kindOf(withAccessToken(newEngine(), connection, echo))).toBe('unavailable');
  const after = await read(stack, connection.connectionId);
  expect(after).toEqual({ ...before, refresh_locked_until: after.refresh_locked_until });
  await withAccessToken(newEngine({ aheadMs: 10_000 }), connection, echo);
  expect((await read(stack, connection.connectionId)).state).toBe('active');
});

test('while the token endpoint is down, twenty workers do not storm it', async () => {
  const connection = await addConnection('google');
  await expire(connection);
  stack.sandbox.faults.add({
    match: { operation: 'oauth.token' },
    effect: { kind: 'status', status: 503 },
    times: 'always',
  });
  const twenty = Array.from({ length: 20 }, () => newEngine());
  const kinds = await Promise.all(
    twenty.map((engine) => kindOf(withAccessToken(engine, connection, echo))),
  );
  expect(new Set(kinds)).toEqual(new Set(['unavailable']));
  expect(countTokenCalls(stack, 'refresh')).toBeLessThanOrEqual(4);
  expect((await read(stack, connection.connectionId)).state).toBe('active');
});

test('a refresher that crashed is waited for until its claim ends, and then replaced by one', async () => {
  const connection = await addConnection('google');
  await expire(connection);
  await set(`refresh_locked_until = now() + interval '2 seconds'`);
  const begin = Date.now();
  const five = Array.from({ length: 5 }, () => newEngine());
  await Promise.all(five.map((engine) => withAccessToken(engine, connection, echo)));
  expect(Date.now() - begin).toBeGreaterThan(1_500);
  expect(countTokenCalls(stack, 'refresh')).toBe(1);
});

test('a refresh that succeeded while one waited is no failed one, though its token ended, too', async () => {
  const connection = await addConnection('google');
  await expire(connection);
  await set(`refresh_locked_until = now() + interval '40 seconds'`);
  const waiting = withAccessToken(newEngine(), connection, echo).catch((error: unknown) => error);
  await sleep(500);
  // Another worker's token is stored, and ends at once; a third worker has begun to refresh that.
  await set(`token_version = 1, refresh_locked_until = now() + interval '45 seconds'`);
  // Longer than between two looks.
  await sleep(1_700);
  await set('refresh_locked_until = null');
  expect(await waiting).toEqual(expect.any(String));
  expect(countTokenCalls(stack, 'refresh')).toBe(1);
});

test.each([
  ['google', undefined],
  ['outlook', 'sessions'],
  ['outlook', 'consent'],
] as const)('a dead %s grant (%s) needs a reconnect, and keeps its row', async (provider, how) => {
  const connection = await addConnection(provider);
  await expire(connection);
  stack.sandbox.revokeGrant({ provider, email: emails[provider], how });
  expect(await kindOf(withAccessToken(newEngine(), connection, echo))).toBe('connection-revoked');
  const [shown] = await list(person);
  expect(shown).toMatchObject({ state: 'needs_reconnect', is_active: true });
  expect(shown?.reason).toMatch(/Reconnect with the same account/);

  // Nobody asks the provider again for what is known to be dead.
  stack.sandbox.clearRecords();
  expect(await kindOf(withAccessToken(newEngine(), connection, echo))).toBe('connection-revoked');
  expect(countTokenCalls(stack, 'refresh')).toBe(0);

  expect((await connect(stack, person, provider, emails[provider])).id).toBe(
    connection.connectionId,
  );
  expect(await withAccessToken(newEngine(), connection, echo)).toEqual(expect.any(String));
});

test('[attack 14] invalid_grant after a race is no dead grant: the token that won is used', async () => {
  stack.sandbox.setSwitch('outlook.oauth.strict-rotation', true);
  const connection = await addConnection('outlook');
  await expire(connection);
  let winner = '';
  const loser = newEngine({
    async send(request, pass) {
      if (isRefresh(request) && winner === '') {
        // Another worker believes the claim has ended, refreshes, and the old token is rotated away.
        winner = await withAccessToken(newEngine({ aheadMs: 60_000 }), connection, echo);
      }
      return pass();
    },
  });
  const token = await withAccessToken(loser, connection, echo);
  expect(token).toBe(winner);
  expect((await read(stack, connection.connectionId)).state).toBe('active');
});

test('a slow refresher that comes back after invalid_grant was noted brings the connection back', async () => {
  stack.sandbox.setSwitch('outlook.oauth.strict-rotation', true);
  const connection = await addConnection('outlook');
  await expire(connection);
  const slow = newEngine({
    async send(request, pass) {
      const answer = await pass();
      if (isRefresh(request)) {
        const other = withAccessToken(newEngine({ aheadMs: 60_000 }), connection, echo);
        expect(await kindOf(other)).toBe('connection-revoked');
      }
      return answer;
    },
  });
  await withAccessToken(slow, connection, echo);
  expect((await read(stack, connection.connectionId)).state).toBe('active');
});

test('invalid_client is the operator’s: tokens stay, and it heals by itself', async () => {
  const connection = await addConnection('google');
  await expire(connection);
  const before = await read(stack, connection.connectionId);
  stack.sandbox.faults.add({
    match: { operation: 'oauth.token' },
    effect: { kind: 'status', status: 401, body: { error: 'invalid_client' } },
  });
  expect(await kindOf(withAccessToken(newEngine(), connection, echo))).toBe('misconfigured');
  const after = await read(stack, connection.connectionId);
  expect(after).toMatchObject({ state: 'misconfigured', is_active: true });
  expect(after.refresh_token).toBe(before.refresh_token);
  expect((await list(person))[0]?.reason).toMatch(/administrator/);

  await withAccessToken(newEngine({ aheadMs: 10_000 }), connection, echo);
  expect(await read(stack, connection.connectionId)).toMatchObject({
    state: 'active',
    state_reason: null,
  });
});

test('a disconnect during a refresh wins: no token comes back', async () => {
  const connection = await addConnection('google');
  await expire(connection);
  const engine = newEngine({
    async send(request, pass) {
      const answer = await pass();
      if (isRefresh(request)) {
        await disconnect(stack.context, { ...connection, deleteCopies: false });
      }
      return answer;
    },
  });
  expect(await kindOf(withAccessToken(engine, connection, echo))).toBe('connection-revoked');
  expect(await read(stack, connection.connectionId)).toMatchObject({
    state: 'disconnected',
    access_token: null,
    refresh_token: null,
  });
});

test('a connection that is being taken down gives its token to those who take it down only', async () => {
  const connection = await addConnection('google');
  await query(stack, 'update calendar_integrations set is_active = false');
  const engine = newEngine();
  expect(await kindOf(withAccessToken(engine, connection, echo))).toBe('connection-revoked');
  const token = await withAccessToken(engine, connection, echo, { isStopping: true });
  expect(token).toEqual(expect.any(String));
});

test('a reconnect during a refresh wins: its tokens stay', async () => {
  const connection = await addConnection('outlook');
  await expire(connection);
  let stored: string | null = null;
  const engine = newEngine({
    async send(request, pass) {
      const answer = await pass();
      if (isRefresh(request) && stored === null) {
        await connect(stack, person, 'outlook', anna.outlook);
        stored = (await read(stack, connection.connectionId)).refresh_token;
      }
      return answer;
    },
  });
  await withAccessToken(engine, connection, echo);
  expect((await read(stack, connection.connectionId)).refresh_token).toBe(stored);
});

test('no transaction is open while the provider is called', async () => {
  const connection = await addConnection('google');
  await expire(connection);
  const open: number[] = [];
  const engine = newEngine({
    async send(_, pass) {
      const rows = await query(
        stack,
        `select 1 from pg_stat_activity
         where datname = current_database() and state like 'idle in transaction%'`,
      );
      open.push(rows.length);
      return pass();
    },
  });
  await withAccessToken(engine, connection, listWith(engine, 'google'));
  expect(open).toEqual([0, 0]);
});
