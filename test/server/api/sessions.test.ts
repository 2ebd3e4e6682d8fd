import { afterAll, beforeAll, expect, test } from 'vitest';
import { Client as Database } from 'pg';
import type { Session } from '../../../src/api/schemas/session.ts';
import { Client } from '../../support/client.ts';
import { type Person, type Stack, startStack } from '../../support/stack.ts';

let stack: Stack;
let database: Database;

beforeAll(async () => {
  stack = await startStack({ withWorker: false });
  database = new Database({ connectionString: stack.database.adminUrl });
  await database.connect();
});

afterAll(async () => {
  await database.end();
  await stack.stop();
});

const COOKIE = 'kalends';
const statusOf = async (client: Client, path = '/api/leads') => (await client.fetch(path)).status;
const withCookie = (value: string | undefined) => {
  const client = new Client(stack.url);
  client.setCookie(COOKIE, value ?? '');
  return client;
};
const attempt = (client: Client, email: string, password: string) =>
  client.sendRaw('POST', '/api/session', { email, password });
const change = (person: Person, set: string) =>
  database.query(`update auth.session set ${set} where "userId" = $1`, [person.userId]);

test('[attack 30] a lowered role holds for the very next request of a living session', async () => {
  const admin = await stack.addPerson({ role: 'admin' });
  expect(await statusOf(admin.client, '/api/admin/connections')).toBe(200);
  await database.query(`update users set role = 'member' where id = $1`, [admin.userId]);
  expect(await statusOf(admin.client, '/api/admin/connections')).toBe(403);
  expect((await admin.client.get<{ user: object }>('/api/session')).user).toMatchObject({
    role: 'member',
  });
});

test('[attack 30] a disabled user is out at once and cannot sign in again', async () => {
  const person = await stack.addPerson();
  expect(await statusOf(person.client)).toBe(200);
  await database.query('update users set disabled_at = now() where id = $1', [person.userId]);
  expect(await statusOf(person.client)).toBe(401);
  const again = new Client(stack.url);
  const answer = await attempt(again, person.email, person.password);
  expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([
    401,
    'wrong-credentials',
  ]);
  expect(again.cookies.has(COOKIE)).toBe(false);
});

test('[attack 31] signing in never takes over a session id that was there before', async () => {
  const person = await stack.addPerson();
  const victim = withCookie('chosen-by-the-attacker.c2lnbmVk');
  await victim.signIn(person.email, person.password);
  expect(victim.cookies.get(COOKIE)).not.toContain('chosen');
  expect(await statusOf(withCookie('chosen-by-the-attacker.c2lnbmVk'))).toBe(401);
});

test('[attack 31] signing in again makes a new session and ends the old one', async () => {
  const person = await stack.addPerson();
  const old = person.client.cookies.get(COOKIE);
  await person.client.refreshCsrf();
  await person.client.signIn(person.email, person.password);
  expect(person.client.cookies.get(COOKIE)).not.toBe(old);
  expect(await statusOf(person.client)).toBe(200);
  expect(await statusOf(withCookie(old))).toBe(401);
});

test('[attack 31] after signing out the cookie is worth nothing', async () => {
  const person = await stack.addPerson();
  const old = person.client.cookies.get(COOKIE);
  expect((await person.client.sendRaw('DELETE', '/api/session')).status).toBe(204);
  expect(person.client.cookies.has(COOKIE)).toBe(false);
  expect(await statusOf(withCookie(old))).toBe(401);
});

test('[attack 31] a session ends when it was not used for twelve hours', async () => {
  const person = await stack.addPerson();
  await change(person, `"expiresAt" = now() + interval '11 hours'`);
  expect(await statusOf(person.client)).toBe(200);
  const { rows } = await database.query(
    `select "expiresAt" - now() between interval '11.9 hours' and interval '12 hours' as moved
     from auth.session where "userId" = $1`,
    [person.userId],
  );
  expect(rows).toEqual([{ moved: true }]);
  await change(person, `"expiresAt" = now() - interval '1 second'`);
  expect(await statusOf(person.client)).toBe(401);
});

test('[attack 31] a session ends after seven days however much it is used', async () => {
  const person = await stack.addPerson();
  await change(person, `"createdAt" = now() - interval '6.9 days'`);
  expect(await statusOf(person.client)).toBe(200);
  await change(person, `"createdAt" = now() - interval '7 days'`);
  expect(await statusOf(person.client)).toBe(401);
  await change(person, `"createdAt" = now()`);
  expect(await statusOf(person.client)).toBe(401);
});

test('[attack 31] a token from the database without our signature opens nothing', async () => {
  const person = await stack.addPerson();
  const { rows } = await database.query<{ token: string }>(
    'select token from auth.session where "userId" = $1',
    [person.userId],
  );
  const signed = person.client.cookies.get(COOKIE) ?? '';
  const token = rows[0]?.token ?? '';
  expect(signed.startsWith(token)).toBe(true);
  expect(await statusOf(withCookie(token))).toBe(401);
  expect(await statusOf(withCookie(`${token}.${Buffer.alloc(32).toString('base64')}`))).toBe(401);
  const other = (await stack.addPerson()).client.cookies.get(COOKIE) ?? '';
  expect(await statusOf(withCookie(token + other.slice(other.indexOf('.'))))).toBe(401);
});

test('a person’s zone is what they say it is, and nobody else’s', async () => {
  const person = await stack.addPerson();
  const other = await stack.addPerson({ tenantId: person.tenantId });
  const zoneOf = async ({ client }: Person) =>
    (await client.get<Session>('/api/session')).user?.time_zone;
  await person.client.send('PATCH', '/api/session', { time_zone: 'America/New_York' });
  expect(await zoneOf(person)).toBe('America/New_York');
  expect(await zoneOf(other)).toBe('Europe/Berlin');
});

test('what is no zone of the IANA database is refused, and the zone stays', async () => {
  const person = await stack.addPerson();
  for (const zone of [
    'Mars/Olympus',
    'asia/tokyo',
    '+02:00',
    'Etc/Unknown',
    '',
    'A'.repeat(65),
    7,
  ]) {
    const answer = await person.client.sendRaw('PATCH', '/api/session', { time_zone: zone });
    expect(await answer.json()).toMatchObject({ code: 'invalid-request', pointer: '/time_zone' });
  }
  expect((await person.client.sendRaw('PATCH', '/api/session', {})).status).toBe(400);
  const { user } = await person.client.get<Session>('/api/session');
  expect(user?.time_zone).toBe('Europe/Berlin');
});

test('a wrong password and an unknown address get the same answer', async () => {
  const person = await stack.addPerson();
  const client = new Client(stack.url);
  const wrong = await attempt(client, person.email, 'not the password');
  const unknown = await attempt(client, `nobody.${person.email}`, 'not the password');
  expect([wrong.status, await wrong.text()]).toEqual([unknown.status, await unknown.text()]);
  expect(wrong.status).toBe(401);
});

test('[attack 32] on this machine the cookie is HttpOnly, Lax, for our host and path alone', async () => {
  const person = await stack.addPerson();
  const client = new Client(stack.url);
  const answer = await attempt(client, person.email, person.password);
  const cookie = answer.headers.getSetCookie().find((one) => one.startsWith(`${COOKIE}=`)) ?? '';
  expect(attributesOf(cookie)).toEqual(['HttpOnly', 'Max-Age=43200', 'Path=/', 'SameSite=Lax']);
});

test('[attack 32] behind https every cookie is __Host- and Secure', async () => {
  const secure = await startStack({
    withWorker: false,
    env: { PUBLIC_URL: 'https://crm.example.com' },
  });
  try {
    const person = await secure.addPerson();
    const client = new Client(secure.url);
    const first = await client.fetch('/api/session');
    const answer = await attempt(client, person.email, person.password);
    const cookies = [...first.headers.getSetCookie(), ...answer.headers.getSetCookie()];
    expect(cookies.map((one) => one.split('=')[0])).toEqual([
      '__Host-kalends-csrf',
      '__Host-kalends',
    ]);
    for (const cookie of cookies) {
      expect(attributesOf(cookie)).toEqual(
        expect.arrayContaining([
          'HttpOnly',
          'Path=/',
          'Secure',
          expect.stringMatching(/^SameSite/),
        ]),
      );
      expect(cookie).not.toMatch(/domain/i);
    }
    expect(await statusOf(client)).toBe(200);
    expect(answer.headers.get('strict-transport-security')).toMatch(/^max-age=\d{8}/);
  } finally {
    await secure.stop();
  }
});

test('[attack 32] no other site is allowed to read an answer', async () => {
  const person = await stack.addPerson();
  for (const origin of ['https://evil.example', 'null', stack.url]) {
    for (const method of ['GET', 'OPTIONS']) {
      const answer = await person.client.fetch('/api/leads', {
        method,
        headers: { origin, 'access-control-request-method': 'POST' },
      });
      const allowing = [...answer.headers.keys()].filter((name) =>
        name.startsWith('access-control'),
      );
      expect(allowing).toEqual([]);
    }
  }
});

test('[attack 32] a token is worth something in the session that it was given to, only', async () => {
  const person = await stack.addPerson();
  const client = new Client(stack.url);
  const before = await client.get<{ csrf_token: string }>('/api/session');
  await client.signIn(person.email, person.password);
  const after = await client.get<{ csrf_token: string }>('/api/session');
  const post = (token: string) =>
    client.fetch('/api/leads', {
      method: 'POST',
      withoutCsrf: true,
      headers: { 'content-type': 'application/json', 'x-csrf-token': token },
      body: JSON.stringify({ name: 'Lead' }),
    });
  expect((await post(before.csrf_token)).status).toBe(403);
  expect((await post(after.csrf_token)).status).toBe(201);
});

test('the eleventh attempt at an address is refused for a while, whatever the password', async () => {
  const person = await stack.addPerson();
  const other = await stack.addPerson();
  const client = new Client(stack.url);
  // The person signed in once, above.
  for (let attempts = 2; attempts <= 10; attempts++) {
    const email = attempts % 2 === 0 ? person.email.toUpperCase() : person.email;
    expect((await attempt(client, email, 'a guess that is wrong')).status).toBe(401);
  }
  const answer = await attempt(client, person.email, person.password);
  expect(answer.status).toBe(429);
  expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(200);
  expect(client.cookies.has(COOKIE)).toBe(false);
  expect((await attempt(client, other.email, other.password)).status).toBe(200);
});

test('too many attempts from one place are refused for every address', async () => {
  const alone = await startStack({ withWorker: false });
  try {
    const client = new Client(alone.url);
    await client.refreshCsrf();
    const statuses = await Promise.all(
      Array.from({ length: 101 }, async (_, n) => {
        // An address that the library refuses before it hashes: 101 hashes would take a while.
        const answer = await attempt(client, `guess!${n}@example.com`, 'a guess');
        return answer.status;
      }),
    );
    expect(statuses.filter((status) => status === 429)).toHaveLength(1);
  } finally {
    await alone.stop();
  }
});

test('a proxy is believed about the client’s address only when the operator named it', async () => {
  for (const [env, refused] of [
    [{}, 1],
    [{ TRUSTED_PROXIES: '127.0.0.1' }, 0],
  ] as const) {
    const alone = await startStack({ withWorker: false, env });
    try {
      const client = new Client(alone.url);
      await client.refreshCsrf();
      const statuses = await Promise.all(
        Array.from({ length: 101 }, async (_, n) => {
          const answer = await client.fetch('/api/session', {
            method: 'POST',
            headers: { 'content-type': 'application/json', 'x-forwarded-for': `198.51.100.${n}` },
            body: JSON.stringify({ email: `guess!${n}@example.com`, password: 'a guess' }),
          });
          return answer.status;
        }),
      );
      expect(statuses.filter((status) => status === 429)).toHaveLength(refused);
    } finally {
      await alone.stop();
    }
  }
});

function attributesOf(cookie: string): string[] {
  return cookie.split(/; */).slice(1).toSorted();
}
