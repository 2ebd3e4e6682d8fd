import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { withAccessToken } from '../../../src/jobs/access-token.ts';
import { rotateKeys } from '../../../src/jobs/rotate-keys.ts';
import { ProviderError } from '../../../src/providers/provider-error.ts';
import type { Keys } from '../../../src/store/keys.ts';
import { type Person, type Stack, startStack } from '../../support/stack.ts';
import { type EngineOptions, type OwnEngine, startEngine } from './engines.ts';
import { anna, connect, countTokenCalls, list, read } from './support.ts';
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

function newEngine(options?: EngineOptions): OwnEngine {
  const engine = startEngine(stack, options);
  engines.push(engine);
  return engine;
}

const add = async (provider: 'google' | 'outlook', email: string, by = person) => {
  const { id } = await connect(stack, by, provider, email);
  return { tenantId: by.tenantId, connectionId: id };
};

type Ref = Awaited<ReturnType<typeof add>>;

async function expectUnreadable(ref: Ref, engine = newEngine()): Promise<void> {
  stack.sandbox.clearRecords();
  let isUsed = false;
  const error: unknown = await withAccessToken(engine, ref, async () => {
    isUsed = true;
  }).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ProviderError);
  expect(error).toMatchObject({ kind: 'misconfigured' });
  expect(isUsed).toBe(false);
  expect(stack.sandbox.calls).toEqual([]);
  expect(await read(stack, ref.connectionId)).toMatchObject({
    state: 'misconfigured',
    state_reason: 'token-unreadable',
  });
}

const set = (ref: Ref, column: string, value: string | null) =>
  query(stack, `update calendar_integrations set ${column} = $2 where id = $1`, [
    ref.connectionId,
    value,
  ]);

test.each([
  ['truncated', (sealed: string) => sealed.slice(0, -4)],
  ['with a character changed', (sealed: string) => sealed.replace(/.$/, (last) => flip(last))],
  ['empty', () => ''],
  ['plain', () => 'ya29.sandbox-put-in-by-a-thief'],
  ['of an unknown key', (sealed: string) => sealed.replace('.test.', '.other.')],
])(
  '[attack 41] a stored token that is %s is not used, and comes right when put back',
  async (_, damage) => {
    const ref = await add('google', anna.google);
    const { access_token } = await read(stack, ref.connectionId);
    await set(ref, 'access_token', damage(access_token ?? ''));
    await expectUnreadable(ref);
    expect((await list(person))[0]?.reason).toContain('cannot be opened');

    await set(ref, 'access_token', access_token);
    await withAccessToken(newEngine(), ref, async () => {});
    expect((await read(stack, ref.connectionId)).state).toBe('active');
  },
);

const flip = (character: string) => (character === 'A' ? 'Q' : 'A');

test('[attack 41] a token swapped with another row’s, or another company’s, is not used', async () => {
  const stranger = await stack.addPerson();
  const mine = await add('google', anna.google);
  const sibling = await add('google', anna.googleAtWork);
  const foreign = await add('outlook', anna.outlook, stranger);
  for (const other of [sibling, foreign]) {
    const { access_token } = await read(stack, other.connectionId);
    await set(mine, 'access_token', access_token);
    await expectUnreadable(mine);
  }
});

test('[attack 41] an access token in the refresh token’s place is not sent anywhere', async () => {
  const ref = await add('google', anna.google);
  const { access_token } = await read(stack, ref.connectionId);
  await set(ref, 'refresh_token', access_token);
  await query(stack, 'update calendar_integrations set token_expires_at = now()');
  await expectUnreadable(ref);
});

const oldKeys = (): Keys => stack.context.keys;
const withNewKey = (): Keys => ({
  secret: oldKeys().secret,
  ring: { currentId: 'next', keys: new Map([['next', randomBytes(32)], ...oldKeys().ring.keys]) },
});
const onlyNewKey = (keys: Keys): Keys => ({
  ...keys,
  ring: { ...keys.ring, keys: new Map([...keys.ring.keys].filter(([id]) => id === 'next')) },
});
const listSealed = async () =>
  (
    await query<{ token: string }>(
      stack,
      `select unnest(array[access_token, refresh_token]) as token from calendar_integrations`,
    )
  ).map(({ token }) => token);

test('[attack 42] every token of every company is sealed anew, and opens without the old key', async () => {
  const stranger = await stack.addPerson();
  const refs = [
    await add('google', anna.google),
    await add('outlook', anna.outlook),
    await add('google', anna.googleAtWork, stranger),
  ];
  const keys = withNewKey();
  const rotation = await rotateKeys(newEngine({ keys }));
  expect(rotation).toEqual({ resealedCount: 6, unreadable: [] });
  for (const sealed of await listSealed()) expect(sealed).toMatch(/^v1\.next\./);

  const engine = newEngine({ keys: onlyNewKey(keys) });
  for (const ref of refs) {
    expect(await withAccessToken(engine, ref, async (token) => token)).toContain('sandbox-');
  }
  expect(await rotateKeys(engine)).toEqual({ resealedCount: 0, unreadable: [] });
});

test('[attack 42] more rows than one batch are all sealed anew', async () => {
  const ref = await add('google', anna.google);
  await query(
    stack,
    `insert into calendar_integrations (tenant_id, id, user_id, provider, account_id, email,
       access_token, state, state_since, created_at, updated_at)
     select tenant_id, gen_random_uuid(), user_id, provider, 'a' || n, email,
       'v1.gone.' || repeat('A', 80), state, state_since, created_at, updated_at
     from calendar_integrations, generate_series(1, 250) n where id = $1`,
    [ref.connectionId],
  );
  const rotation = await rotateKeys(newEngine({ keys: withNewKey() }));
  expect(rotation.resealedCount).toBe(2);
  expect(new Set(rotation.unreadable.map(({ connectionId }) => connectionId)).size).toBe(250);
});

test('[attack 42] a lost key is told row by row, and nothing is destroyed', async () => {
  const lost = await add('google', anna.google);
  const kept = await add('google', anna.googleAtWork);
  const { access_token } = await read(stack, lost.connectionId);
  const unknown = (access_token ?? '').replace('.test.', '.gone.');
  await set(lost, 'access_token', unknown);

  const rotation = await rotateKeys(newEngine({ keys: withNewKey() }));
  expect(rotation).toMatchObject({
    resealedCount: 3,
    unreadable: [{ ...lost, column: 'access_token', keyId: 'gone' }],
  });
  expect((await read(stack, lost.connectionId)).access_token).toBe(unknown);
  expect((await read(stack, kept.connectionId)).access_token).toMatch(/^v1\.next\./);
});

test('[attack 42] sealing anew under a running product loses no refresh, and stops nobody', async () => {
  const keys = withNewKey();
  const refs = [await add('google', anna.google), await add('outlook', anna.outlook)];
  // A server that has the new key already, and one that will be restarted later and seals with the old.
  const late = {
    ...keys,
    ring: { ...keys.ring, currentId: 'test' },
  };
  const workers = [newEngine({ keys }), newEngine({ keys: late })];
  stack.sandbox.setSwitch('outlook.oauth.strict-rotation', true);
  const ending = new AbortController();
  const failures: unknown[] = [];
  const work = workers.map(async (engine) => {
    while (!ending.signal.aborted) {
      for (const ref of refs) {
        await query(stack, 'update calendar_integrations set token_expires_at = now()');
        await withAccessToken(engine, ref, async () => {}).catch((error) => failures.push(error));
      }
    }
  });
  const rotator = newEngine({ keys });
  // Until both have met often enough, on a machine of whatever speed.
  const hasMet = () => countTokenCalls(stack, 'refresh') > 6;
  for (let round = 0; round < 10 || (!hasMet() && round < 1_000); round++) {
    await rotateKeys(rotator);
  }
  ending.abort();
  await Promise.all(work);
  expect(failures).toEqual([]);
  expect(countTokenCalls(stack, 'refresh')).toBeGreaterThan(2);

  await rotateKeys(rotator);
  for (const sealed of await listSealed()) expect(sealed).toMatch(/^v1\.next\./);
  for (const ref of refs) {
    expect((await read(stack, ref.connectionId)).state).toBe('active');
    await withAccessToken(newEngine({ keys: onlyNewKey(keys) }), ref, async () => {});
  }
});

test('[attack 42] a refresh between reading and replacing is not overwritten', async () => {
  stack.sandbox.setSwitch('outlook.oauth.strict-rotation', true);
  const ref = await add('outlook', anna.outlook);
  const keys = withNewKey();
  const rotator = newEngine({ keys });
  const { system } = rotator.store;
  let refreshed = '';
  // As soon as the rotation has read its batch, another worker refreshes.
  rotator.store.system = new Proxy(system, {
    get(target, property) {
      if (property !== 'transaction') return Reflect.get(target, property);
      return () => ({
        async execute<T>(work: (tx: never) => Promise<T>): Promise<T> {
          const result = await target.transaction().execute((tx) => work(tx as never));
          if (refreshed === '') {
            await query(stack, 'update calendar_integrations set token_expires_at = now()');
            refreshed = await withAccessToken(newEngine(), ref, async (token) => token);
          }
          return result;
        },
      });
    },
  });
  await rotateKeys(rotator);
  const engine = newEngine({ keys: onlyNewKey(keys) });
  expect(await withAccessToken(engine, ref, async (token) => token)).toBe(refreshed);
  // Nor is the rotated refresh token.
  await query(stack, 'update calendar_integrations set token_expires_at = now()');
  expect(await withAccessToken(engine, ref, async (token) => token)).not.toBe(refreshed);
  expect((await read(stack, ref.connectionId)).token_version).toBe(2);
});
