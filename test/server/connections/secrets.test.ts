import { afterAll, beforeAll, expect, test } from 'vitest';
import { disconnect } from '../../../src/jobs/disconnect.ts';
import type { Log } from '../../../src/runtime.ts';
import { unseal } from '../../../src/store/sealed.ts';
import { type Person, type Stack, startStack } from '../../support/stack.ts';
import { waitFor } from '../../support/wait-for.ts';
import { addEvent, anna, begin, comeBack, connect, list, read } from './support.ts';
import { query } from '../../support/query.ts';

/** How every secret of the sandbox begins; none may be found anywhere but at the provider. */
const canary =
  /ya29\.sandbox-|EwB-sandbox-|1\/\/sandbox-|4\/0sandbox-|M\.(code\.)?sandbox-|sandbox-\w+-secret|eyJ[\w-]{20,}\.eyJ/;

const logged: string[] = [];
const answered: string[] = [];
const note = (fields: object, message: string) => {
  logged.push(`${message} ${JSON.stringify(fields)} ${String(Object.values(fields))}`);
};
const log: Log = { debug: note, info: note, warn: note, error: note };

let stack: Stack;
let person: Person;
let admin: Person;
const codes: string[] = [];

/** A life with every kind of trouble, all of it written down. */
beforeAll(async () => {
  stack = await startStack({ log });
  person = await stack.addPerson();
  admin = await stack.addPerson({ tenantId: person.tenantId, role: 'admin' });
  const { faults } = stack.sandbox;
  const { client } = person;
  const ask = client.fetch.bind(client);
  client.fetch = async (...request) => {
    const answer = await ask(...request);
    const text = await answer.clone().text();
    answered.push(`${JSON.stringify([...answer.headers])} ${text}`);
    return answer;
  };

  const google = await connect(stack, person, 'google', anna.google);
  await connect(stack, person, 'outlook', anna.outlook);
  for (const provider of ['google', 'outlook'] as const) {
    const url = await begin(person, provider);
    const callback = await stack.sandbox.consent(url, { email: anna[provider] });
    codes.push(new URL(callback).searchParams.get('code') ?? 'none');
    codes.push(new URL(callback).searchParams.get('state') ?? 'none');
    faults.add({ match: { operation: 'oauth.token' }, effect: { kind: 'malformed-json' } });
    await comeBack(person, callback);
    await comeBack(person, callback);
  }
  const failing = ['malformed-json', 'html-page', 'cut-body', 'wrong-content-type'] as const;
  for (const kind of failing) {
    faults.add({ match: { operation: 'oauth.token' }, effect: { kind } });
    await query(stack, 'update calendar_integrations set token_expires_at = now()');
    await addEvent(person, `While the tokens come as ${kind}`);
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  await waitFor(
    'quiet',
    async () => (await list(person)).every((one) => !one.waiting_count),
    20_000,
  );
  stack.sandbox.revokeGrant({ provider: 'outlook', email: anna.outlook });
  stack.sandbox.expireAccessTokens();
  await addEvent(person, 'While one grant is dead');
  await waitFor('the news', async () => (await list(person))[1]?.state === 'needs_reconnect');

  const { access_token } = await read(stack, google.id);
  await query(stack, `update calendar_integrations set access_token = 'x' where id = $1`, [
    google.id,
  ]);
  await addEvent(person, 'While a token is damaged');
  await waitFor('the news', async () => (await list(person))[0]?.state === 'misconfigured');
  await query(stack, 'update calendar_integrations set access_token = $2 where id = $1', [
    google.id,
    access_token,
  ]);
  answered.push(await (await admin.client.fetch('/api/admin/connections')).text());
  answered.push(await (await admin.client.fetch('/api/activities')).text());
});
afterAll(() => stack.stop());

test('[attack 39] the life had tokens in it, so that not finding any means something', async () => {
  const rows = await query<{ id: string; access_token: string }>(
    stack,
    `select id, access_token from calendar_integrations where provider = 'GOOGLE'`,
  );
  const [row] = rows;
  const { ring } = stack.context.keys;
  const binding = {
    tenantId: person.tenantId,
    rowId: row?.id ?? '',
    column: 'access_token' as const,
  };
  expect(unseal(ring, binding, row?.access_token ?? '')).toMatch(canary);
  expect(logged.length).toBeGreaterThan(20);
  expect(answered.length).toBeGreaterThan(20);
  expect(codes).toHaveLength(4);
});

test('[attack 39] no log line holds a token, a code, a state or a client secret', () => {
  for (const line of logged) {
    expect(line).not.toMatch(canary);
    for (const code of codes) expect(line).not.toContain(code);
  }
});

test('[attack 39] no answer holds one, but the address of a consent its own state', () => {
  for (const answer of answered) expect(answer).not.toMatch(canary);
});

test('[attack 40] a dump of every table holds no token, code, state or verifier in the clear', async () => {
  const tables = await query<{ name: string }>(
    stack,
    `select format('%I.%I', schemaname, tablename) as name from pg_tables
     where schemaname not in ('pg_catalog', 'information_schema')`,
  );
  expect(tables.length).toBeGreaterThan(10);
  for (const { name } of tables) {
    for (const row of await query<{ text: string }>(
      stack,
      `select t::text as text from ${name} t`,
    )) {
      expect(row.text, name).not.toMatch(canary);
      for (const code of codes) expect(row.text, name).not.toContain(code);
    }
  }
});

test('[attack 40] the keys are nowhere in the database', async () => {
  const { ring, secret } = stack.context.keys;
  const dump = await query<{ text: string }>(
    stack,
    `select t::text as text from calendar_integrations t
     union all select t::text from oauth_states t`,
  );
  for (const key of [...ring.keys.values(), secret]) {
    for (const form of ['base64', 'base64url', 'hex'] as const) {
      for (const { text } of dump) expect(text).not.toContain(key.toString(form));
    }
  }
});

test('[attack 39] no statement that the database remembers holds a token', async () => {
  const rows = await query<{ query: string }>(stack, 'select query from pg_stat_activity');
  for (const row of rows) expect(row.query).not.toMatch(canary);
});

test('[attack 15] after a disconnect not even the sealed token is left', async () => {
  const [google] = await list(person);
  const { access_token, refresh_token } = await read(stack, google?.id ?? '');
  await disconnect(stack.context, {
    tenantId: person.tenantId,
    connectionId: (await read(stack, google?.id ?? '')).id,
    deleteCopies: false,
  });
  const dump = await query<{ text: string }>(
    stack,
    'select t::text as text from calendar_integrations t',
  );
  for (const { text } of dump) {
    expect(text).not.toContain(access_token);
    expect(text).not.toContain(refresh_token);
  }
});
