import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Connection } from '../../../src/api/schemas/connections.ts';
import { listLiveEvents } from '../../support/sandbox-events.ts';
import { type Person, type Stack, startStack } from '../../support/stack.ts';
import { waitFor } from '../../support/wait-for.ts';
import { addEvent, anna, connect, countTokenCalls, list, read, type Slug } from './support.ts';
import { query } from '../../support/query.ts';

let stack: Stack;
let person: Person;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack.stop());
beforeEach(async () => {
  stack.sandbox.reset();
  person = await stack.addPerson();
});

const emails: Record<Slug, string> = { google: anna.google, outlook: anna.outlook };

interface Ended {
  integration: Connection;
  is_revoked: boolean;
}

const disconnect = (id: string, more: { delete_copies?: boolean } = {}): Promise<Ended> =>
  person.client.send('POST', '/api/calendar/connect', {
    action: 'disconnect',
    integration_id: id,
    ...more,
  });

const titlesAt = async (provider: Slug) =>
  (await listLiveEvents(stack, provider, emails[provider])).map(({ title }) => title).sort();

interface Activity {
  id: string;
  version: number;
  google_event_id: string | null;
  outlook_event_id: string | null;
  copies: { state: string }[];
}
const getActivity = async (id: string): Promise<Activity> => {
  const { activities } = await person.client.get<{ activities: Activity[] }>('/api/activities');
  const found = activities.find((one) => one.id === id);
  if (!found) throw new Error(`no activity ${id}`);
  return found;
};

async function edit(id: string, title: string): Promise<void> {
  const { version } = await getActivity(id);
  await person.client.send('PATCH', `/api/activities/${id}`, { version, title });
}

/** Connects, and has one event that was copied there. */
async function withCopy(provider: Slug, title: string) {
  const connection = await connect(stack, person, provider, emails[provider]);
  const eventId = await addEvent(person, title);
  await waitFor('the copy', async () => (await getActivity(eventId)).copies[0]?.state === 'synced');
  return { connection, eventId };
}

test.each([
  ['google', true, 1],
  ['outlook', false, 0],
] as const)(
  '[attack 15] disconnecting %s erases the tokens at once and revokes where that can be done',
  async (provider, isRevoked, revokeCount) => {
    const { connection, eventId } = await withCopy(provider, 'Stays');
    const ended = await disconnect(connection.id);
    expect(ended.is_revoked).toBe(isRevoked);
    expect(ended.integration).toMatchObject({
      id: connection.id,
      state: 'disconnected',
      is_active: false,
      waiting_count: 0,
      reason: expect.stringContaining('Disconnected'),
    });
    expect(countTokenCalls(stack, 'revoke')).toBe(revokeCount);
    expect(await read(stack, connection.id)).toMatchObject({
      access_token: null,
      refresh_token: null,
      token_expires_at: null,
    });
    // Events, copies and their ids stay.
    expect(await titlesAt(provider)).toEqual(['Stays']);
    expect((await getActivity(eventId))[`${provider}_event_id`]).toEqual(expect.any(String));
    expect(await query(stack, 'select 1 from jobs')).toEqual([]);
  },
);

test.each(['google', 'outlook'] as const)(
  'nothing is written at %s after a disconnect, whatever is edited',
  async (provider) => {
    const { connection, eventId } = await withCopy(provider, 'Before');
    await disconnect(connection.id);
    stack.sandbox.clearRecords();
    await edit(eventId, 'After');
    await addEvent(person, 'New');
    await person.client.send('DELETE', `/api/activities/${eventId}`);
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(stack.sandbox.calls).toEqual([]);
    expect((await list(person))[0]?.waiting_count).toBe(0);
    expect(await titlesAt(provider)).toEqual(['Before']);
  },
);

test('a provider that cannot be told keeps no token alive', async () => {
  const connection = await connect(stack, person, 'google', anna.google);
  stack.sandbox.faults.add({
    match: { operation: 'oauth.revoke' },
    effect: { kind: 'status', status: 503 },
  });
  expect((await disconnect(connection.id)).is_revoked).toBe(false);
  expect(await read(stack, connection.id)).toMatchObject({
    state: 'disconnected',
    access_token: null,
    refresh_token: null,
  });
});

test('disconnecting twice is disconnecting once', async () => {
  const connection = await connect(stack, person, 'google', anna.google);
  await disconnect(connection.id);
  const { integration } = await disconnect(connection.id);
  expect(integration.state).toBe('disconnected');
  expect(countTokenCalls(stack, 'revoke')).toBe(1);
});

test('a form can do it too, under the older address', async () => {
  const { connection } = await withCopy('google', 'Goes');
  const post = (deleteCopies: string) =>
    person.client.fetch('/api/calendar/connect.php', {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({
        action: 'disconnect',
        integration_id: connection.id,
        delete_copies: deleteCopies,
      }).toString(),
    });
  const refused = await post('maybe');
  expect(refused.status).toBe(400);
  expect(await refused.json()).toMatchObject({ pointer: '/delete_copies' });

  const answer = await post('on');
  expect(answer.status).toBe(200);
  expect(await titlesAt('google')).toEqual([]);
});

test.each(['google', 'outlook'] as const)(
  'with delete_copies the copies at %s go, and the events stay',
  async (provider) => {
    const { connection, eventId } = await withCopy(provider, 'One');
    const second = await addEvent(person, 'Two');
    await waitFor('both', async () => (await titlesAt(provider)).length === 2);
    const { integration } = await disconnect(connection.id, { delete_copies: true });
    expect(integration).toMatchObject({ state: 'disconnected', waiting_count: 0 });
    expect(integration.reason).toContain('copies were removed');
    expect(await titlesAt(provider)).toEqual([]);
    for (const id of [eventId, second]) {
      expect((await getActivity(id))[`${provider}_event_id`]).toBeNull();
    }
    expect((await read(stack, connection.id)).refresh_token).toBeNull();
  },
);

test('two pages that disconnect at once remove the copies, and say so', async () => {
  const { connection } = await withCopy('outlook', 'Copy 0');
  for (let number = 1; number < 6; number++) await addEvent(person, `Copy ${number}`);
  await waitFor('all copies', async () => (await titlesAt('outlook')).length === 6);
  /** The next four deletes, as many as one page begins with, take this long. */
  const delayFour = (delayMs: number) =>
    stack.sandbox.faults.add({
      match: { operation: 'events.delete' },
      times: 4,
      effect: { kind: 'delay', delayMs, when: 'before' },
    });
  delayFour(600);
  const first = disconnect(connection.id, { delete_copies: true });
  await new Promise((resolve) => setTimeout(resolve, 200));
  // The second page's are still under way when the first page has finished the rest.
  delayFour(2_000);
  const second = disconnect(connection.id, { delete_copies: true });
  await Promise.all([first, second]);
  expect(await titlesAt('outlook')).toEqual([]);
  const [now] = await list(person);
  expect(now?.reason).toContain('copies were removed');
});

test.each(['google', 'outlook'] as const)(
  'a copy that was changed at %s goes as well, since the user asked for it',
  async (provider) => {
    const { connection } = await withCopy(provider, 'Mine');
    const [event] = await listLiveEvents(stack, provider, emails[provider]);
    const token = stack.sandbox.issueToken({ provider, email: emails[provider] });
    const [path, body] =
      provider === 'google'
        ? [`/calendar/v3/calendars/primary/events/${event?.id}`, { summary: 'Theirs' }]
        : [`/v1.0/me/events/${event?.id}`, { subject: 'Theirs' }];
    const patched = await fetch(stack.sandboxServer.url + path, {
      method: 'PATCH',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    expect(patched.status).toBe(200);
    await disconnect(connection.id, { delete_copies: true });
    expect(await titlesAt(provider)).toEqual([]);
  },
);

test('a copy whose create was never answered is found and goes as well', async () => {
  const connection = await connect(stack, person, 'google', anna.google);
  stack.sandbox.faults.add({
    match: { operation: 'events.insert' },
    effect: { kind: 'reset', when: 'after' },
  });
  await addEvent(person, 'Unknown');
  await waitFor('the create', async () => (await titlesAt('google')).length === 1);
  await disconnect(connection.id, { delete_copies: true });
  expect(await titlesAt('google')).toEqual([]);
});

test('a copy that a worker is just making is waited for, and goes as well', async () => {
  // Not at Google: revoking there stops such a call by itself.
  const connection = await connect(stack, person, 'outlook', anna.outlook);
  stack.sandbox.faults.add({
    match: { provider: 'outlook', method: 'POST', path: '/events$' },
    effect: { kind: 'delay', delayMs: 1_500, when: 'before' },
  });
  await addEvent(person, 'On its way');
  await waitFor('the call', () => stack.sandbox.faults.list().some(({ fireCount }) => fireCount));
  await disconnect(connection.id, { delete_copies: true });
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  expect(await titlesAt('outlook')).toEqual([]);
});

test('copies that could not be removed are said to be left, and the tokens go all the same', async () => {
  const { connection } = await withCopy('google', 'Stuck');
  stack.sandbox.faults.add({
    match: { operation: 'events.delete' },
    effect: { kind: 'status', status: 503 },
    times: 'always',
  });
  const { integration } = await disconnect(connection.id, { delete_copies: true });
  expect(integration.reason).toContain('could not be removed');
  expect((await read(stack, connection.id)).refresh_token).toBeNull();
  expect(await titlesAt('google')).toEqual(['Stuck']);
});

test('a disconnect that died while removing copies is finished by the next', async () => {
  const { connection } = await withCopy('google', 'Left behind');
  await query(
    stack,
    `update calendar_integrations set is_active = false, state_reason = 'removing-copies'
     where id = $1`,
    [connection.id],
  );
  expect((await list(person))[0]?.reason).toContain('disconnect once more');
  await disconnect(connection.id, { delete_copies: true });
  expect(await titlesAt('google')).toEqual([]);
  expect((await read(stack, connection.id)).state).toBe('disconnected');
});

test('one of two accounts is disconnected, the other goes on', async () => {
  const one = await connect(stack, person, 'google', anna.google);
  const two = await connect(stack, person, 'google', anna.googleAtWork);
  await disconnect(one.id);
  await addEvent(person, 'For the other');
  const titles = async () =>
    (await listLiveEvents(stack, 'google', anna.googleAtWork)).map(({ title }) => title);
  await waitFor('the copy', async () => (await titles()).includes('For the other'));
  expect(await titlesAt('google')).toEqual([]);
  expect((await read(stack, two.id)).state).toBe('active');
});

test('a Google account that a colleague has connected too is not revoked under their feet', async () => {
  const colleague = await stack.addPerson({ tenantId: person.tenantId });
  const theirs = await connect(stack, colleague, 'google', anna.google);
  // The consent is given already, so this one asks for it again to get a refresh token.
  const { url } = await person.client.get<{ url: string }>(
    '/api/calendar/connect?action=connect&provider=google',
  );
  const again = new URL(url);
  again.searchParams.set('prompt', 'consent');
  const callback = await stack.sandbox.consent(again.href, { email: anna.google });
  await person.client.fetch(callback, { redirect: 'manual' });
  const [mine] = await list(person);

  expect((await disconnect(mine?.id ?? '')).is_revoked).toBe(false);
  expect(countTokenCalls(stack, 'revoke')).toBe(0);
  expect((await read(stack, theirs.id)).state).toBe('active');
});

test.each(['google', 'outlook'] as const)(
  'reconnecting %s after a disconnect is the same connection, and duplicates nothing',
  async (provider) => {
    const { connection, eventId } = await withCopy(provider, 'Before');
    await disconnect(connection.id);
    await edit(eventId, 'Edited meanwhile');
    await addEvent(person, 'Added meanwhile');
    const again = await connect(stack, person, provider, emails[provider]);
    expect(again.id).toBe(connection.id);
    await waitFor('agreement', async () => (await list(person))[0]?.waiting_count === 0);
    expect(await titlesAt(provider)).toEqual(['Added meanwhile', 'Edited meanwhile']);
  },
);

test('after a disconnect that removed the copies, a reconnect makes them anew', async () => {
  const { connection } = await withCopy('google', 'Comes and goes');
  await disconnect(connection.id, { delete_copies: true });
  await connect(stack, person, 'google', anna.google);
  await waitFor('agreement', async () => (await list(person))[0]?.waiting_count === 0);
  expect(await titlesAt('google')).toEqual(['Comes and goes']);
});

test.each(['google', 'outlook'] as const)(
  'what waits while the %s grant is dead goes out after the reconnect',
  async (provider) => {
    const { connection, eventId } = await withCopy(provider, 'Before');
    stack.sandbox.revokeGrant({ provider, email: emails[provider] });
    stack.sandbox.expireAccessTokens();
    await edit(eventId, 'Edited meanwhile');
    await waitFor('the news', async () => (await list(person))[0]?.state === 'needs_reconnect');
    await addEvent(person, 'Added meanwhile');
    expect((await list(person))[0]?.waiting_count).toBeGreaterThanOrEqual(1);

    await connect(stack, person, provider, emails[provider]);
    await waitFor('agreement', async () => (await list(person))[0]?.waiting_count === 0);
    expect((await list(person)).map(({ id }) => id)).toEqual([connection.id]);
    expect(await titlesAt(provider)).toEqual(['Added meanwhile', 'Edited meanwhile']);
  },
);

test('a calendar that was paused for an hour is tried at once after a reconnect', async () => {
  await connect(stack, person, 'google', anna.google);
  stack.sandbox.faults.add({
    match: { operation: 'events.insert' },
    effect: { kind: 'status', status: 403, reason: 'requiredAccessLevel' },
  });
  const eventId = await addEvent(person, 'Patient');
  await waitFor(
    'the pause',
    async () => (await getActivity(eventId)).copies[0]?.state === 'paused',
  );
  await connect(stack, person, 'google', anna.google);
  await waitFor('agreement', async () => (await list(person))[0]?.waiting_count === 0);
  expect(await titlesAt('google')).toEqual(['Patient']);
});
