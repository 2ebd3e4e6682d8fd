import { expect } from 'vitest';
import { checkGraphNotification } from '../../support/graph-contract.ts';
import {
  clientOf,
  createOk,
  createTestWorld,
  enc,
  eventPath,
  insideTest,
  newEvent,
  newSeries,
  springWindow,
  type Body,
} from './client.ts';
import { alex } from './world.ts';

const hookUrl = 'https://crm.example.test/hooks/outlook?tenant=7';
const lifecycleUrl = 'https://crm.example.test/hooks/lifecycle';
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** An endpoint that answers as told and remembers what it got. */
function setUp(switches = {}) {
  const it = createTestWorld({ 'outlook.notificationsPerChange': 1, ...switches });
  const posts: { url: string; at: number; body: Body }[] = [];
  const hook = {
    status: 202,
    tookMs: 0,
    validate: (token: string) =>
      new Response(token, { status: 200, headers: { 'content-type': 'text/plain' } }),
  };
  it.hooks.onFetch = async (request) => {
    const token = new URL(request.url).searchParams.get('validationToken');
    if (token !== null) return hook.validate(token);
    it.skip(hook.tookMs);
    const body = JSON.parse(await request.text()) as Body;
    expect(checkGraphNotification(body)).toEqual([]);
    posts.push({ url: request.url, at: it.world.runtime.now(), body });
    return new Response(null, { status: hook.status });
  };
  const items = () => posts.flatMap(({ body }) => body.value as Body[]);
  return { it, client: clientOf(it), posts, items, hook };
}

const inMinutes = (it: { world: { runtime: { now(): number } } }, minutes: number) =>
  new Date(it.world.runtime.now() + minutes * 60_000).toISOString();

function wanted(it: Parameters<typeof inMinutes>[0], given: Record<string, unknown> = {}) {
  return {
    changeType: 'created,updated,deleted',
    notificationUrl: hookUrl,
    resource: '/me/events',
    expirationDateTime: inMinutes(it, 4_000),
    clientState: 'secret',
    ...given,
  };
}

insideTest('a subscription is made when the endpoint says the token back', async () => {
  const { it, client } = setUp();
  const { status, body } = await client.post('/v1.0/subscriptions', wanted(it));
  expect(status).toBe(201);
  expect(body).toMatchObject({
    resource: '/me/events',
    changeType: 'created,updated,deleted',
    clientState: 'secret',
    notificationUrl: hookUrl,
    creatorId: alex.id,
  });
  expect((await client.get(`/v1.0/subscriptions/${body.id}`)).body.id).toBe(body.id);
  expect((await client.get('/v1.0/subscriptions')).body.value).toHaveLength(1);
});

insideTest('both addresses are asked, with the token decoded and the query kept', async () => {
  const { it, client } = setUp();
  const asked: string[] = [];
  const onFetch = it.hooks.onFetch;
  it.hooks.onFetch = async (request) => {
    asked.push(request.url);
    expect(request.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    return onFetch(request);
  };
  await client.post('/v1.0/subscriptions', wanted(it, { lifecycleNotificationUrl: lifecycleUrl }));
  expect(asked).toHaveLength(2);
  expect(asked[0]).toMatch(/\?tenant=7&validationToken=Validation%3A%20/);
});

insideTest('a wrong, wrongly typed, refused or missing echo is 400', async () => {
  const plain = { 'content-type': 'text/plain' };
  for (const validate of [
    (token: string) => new Response(enc(token), { headers: plain }),
    (token: string) => new Response(token, { headers: { 'content-type': 'text/html' } }),
    (token: string) => new Response(token, { status: 202, headers: plain }),
    () => new Response('no', { status: 404 }),
  ]) {
    const { it, client, hook } = setUp();
    hook.validate = validate;
    const { status, body } = await client.post('/v1.0/subscriptions', wanted(it));
    expect([status, body.error]).toMatchObject([
      400,
      {
        code: 'InvalidRequest',
        message:
          'Subscription validation request failed. Notification endpoint must respond with 200 ' +
          'OK to validation request.',
      },
    ]);
  }
});

insideTest('an endpoint has ten seconds to answer the validation', async () => {
  const { it, client } = setUp();
  it.hooks.onFetch = () => new Promise(() => {});
  const answer = client.post('/v1.0/subscriptions', wanted(it));
  let status = 0;
  void answer.then((reply) => (status = reply.status));
  await new Promise((resolve) => setTimeout(resolve, 20));
  await it.pass(9_900);
  expect(status).toBe(0);
  await it.pass(200);
  expect((await answer).status).toBe(400);
});

insideTest('the same change types and resource twice is 409 with the first one’s id', async () => {
  const { it, client } = setUp();
  const { body: first } = await client.post('/v1.0/subscriptions', wanted(it));
  const { status, body } = await client.post(
    '/v1.0/subscriptions',
    wanted(it, { changeType: 'deleted,created,updated', resource: 'me/events' }),
  );
  expect([status, body.error]).toMatchObject([
    409,
    { message: `Subscription Id <${first.id}> already exists for the requested combination` },
  ]);
  const other = await client.post('/v1.0/subscriptions', wanted(it, { changeType: 'created' }));
  expect(other.status).toBe(201);
});

insideTest('a life is at most 10 080 minutes and at least 45', async () => {
  const { it, client } = setUp();
  const ask = (minutes: number) =>
    client.post('/v1.0/subscriptions', wanted(it, { expirationDateTime: inMinutes(it, minutes) }));
  expect((await ask(10_081)).status).toBe(400);
  const { body } = await ask(1);
  expect(Date.parse(body.expirationDateTime) - it.world.runtime.now()).toBe(45 * 60_000);
});

insideTest('a subscription is renewed by PATCH, gone after DELETE or its end', async () => {
  const { it, client } = setUp();
  const { body } = await client.post('/v1.0/subscriptions', wanted(it));
  const path = `/v1.0/subscriptions/${body.id}`;
  await it.pass(DAY);
  const expirationDateTime = inMinutes(it, 10_080);
  const renewed = await client.patch(path, { expirationDateTime });
  expect(Date.parse(renewed.body.expirationDateTime)).toBe(Date.parse(expirationDateTime));
  const added = await client.patch(path, { lifecycleNotificationUrl: lifecycleUrl });
  expect(added.status).toBe(400);
  await it.pass(7 * DAY);
  expect((await client.patch(path, { expirationDateTime: inMinutes(it, 60) })).status).toBe(404);
  const { body: again } = await client.post('/v1.0/subscriptions', wanted(it));
  expect((await client.delete(`/v1.0/subscriptions/${again.id}`)).status).toBe(204);
  expect((await client.get(`/v1.0/subscriptions/${again.id}`)).status).toBe(404);
});

insideTest('renewing and reauthorizing keep ten minutes between them', async () => {
  const { it, client } = setUp();
  const { body } = await client.post('/v1.0/subscriptions', wanted(it));
  const path = `/v1.0/subscriptions/${body.id}`;
  const renew = async () =>
    (await client.patch(path, { expirationDateTime: inMinutes(it, 5_000) })).status;
  const reauthorize = async () => (await client.post(`${path}/reauthorize`)).status;
  expect([await reauthorize(), await reauthorize(), await renew()]).toEqual([204, 204, 400]);
  await it.pass(10 * 60_000);
  expect([await renew(), await renew(), await reauthorize()]).toEqual([200, 200, 400]);
  await it.pass(10 * 60_000);
  expect(await reauthorize()).toBe(204);
});

insideTest('a single event, a foreign mailbox and plain http are refused', async () => {
  const { it, client } = setUp();
  const status = async (given: object) =>
    (await client.post('/v1.0/subscriptions', wanted(it, { ...given }))).status;
  const event = await createOk(client, newEvent());
  expect(await status({ resource: `me/events/${event.id}` })).toBe(400);
  expect(await status({ resource: 'users/adele@contoso.test/events' })).toBe(403);
  expect(await status({ notificationUrl: 'http://crm.example.test/hook' })).toBe(400);
  expect(await status({ clientState: 'x'.repeat(129) })).toBe(400);
  expect(await status({ changeType: 'moved' })).toBe(400);
});

insideTest('a timer that goes off a moment early loses no notification', async () => {
  const { it, client, items } = setUp();
  await client.post('/v1.0/subscriptions', wanted(it));
  const { runtime } = it.world;
  const { schedule } = runtime;
  let earlyMs = 1;
  runtime.schedule = (delayMs, task) => {
    schedule(delayMs - earlyMs, task);
    earlyMs = 0;
  };
  await createOk(client, newEvent());
  await it.pass(10_000);
  expect(items()).toHaveLength(1);
});

insideTest('a change is notified with the ids a client needs and its own state', async () => {
  const { it, client, posts, items } = setUp();
  const { body: subscription } = await client.post('/v1.0/subscriptions', wanted(it));
  const event = await createOk(client, newEvent());
  await it.pass(10_000);
  expect(posts[0]?.url).toBe(hookUrl);
  expect(items()).toEqual([
    {
      subscriptionId: subscription.id,
      subscriptionExpirationDateTime: subscription.expirationDateTime,
      changeType: 'created',
      resource: `Users/${alex.id}/Events/${event.id}`,
      resourceData: {
        '@odata.type': '#Microsoft.Graph.Event',
        '@odata.id': `Users/${alex.id}/Events/${event.id}`,
        '@odata.etag': event['@odata.etag'],
        id: event.id,
      },
      clientState: 'secret',
      tenantId: alex.tenantId,
    },
  ]);
});

insideTest('one change is notified two or three times', async () => {
  const { it, client, items } = setUp({ 'outlook.notificationsPerChange': 0 });
  await client.post('/v1.0/subscriptions', wanted(it));
  for (let i = 0; i < 10; i++) {
    const before = items().length;
    await createOk(client, newEvent());
    await it.pass(10_000);
    const types = items()
      .slice(before)
      .map(({ changeType }) => changeType as string);
    expect(types[0]).toBe('created');
    expect(types.slice(1)).toEqual(types.length === 2 ? ['updated'] : ['updated', 'updated']);
  }
});

insideTest('me/events follows the default calendar only; a calendar can be followed', async () => {
  const { it, client, items } = setUp();
  const { body: other } = await client.post('/v1.0/me/calendars', { name: 'Other' });
  const inOther = `/v1.0/me/calendars/${enc(other.id)}/events`;
  await client.post('/v1.0/subscriptions', wanted(it));
  const event = await createOk(client, newEvent(), inOther);
  await it.pass(10_000);
  expect(items()).toEqual([]);
  const resource = `me/calendars/${other.id}/events`;
  const { body: own } = await client.post('/v1.0/subscriptions', wanted(it, { resource }));
  await client.patch(eventPath(event), { subject: 'x' });
  await it.pass(10_000);
  expect(items()).toMatchObject([{ subscriptionId: own.id, changeType: 'updated' }]);
});

insideTest('a deleted occurrence is an update of its master', async () => {
  const { it, client, items } = setUp();
  const master = await createOk(client, newSeries());
  await client.post('/v1.0/subscriptions', wanted(it));
  const [first] = await client.list(`${eventPath(master)}/instances?${springWindow}`);
  await client.delete(eventPath(first));
  await it.pass(10_000);
  expect(items()).toMatchObject([{ changeType: 'updated', resourceData: { id: master.id } }]);
});

insideTest('a move to another calendar is a delete and a create under a new id', async () => {
  const { it, client, items } = setUp();
  const { body: other } = await client.post('/v1.0/me/calendars', { name: 'Other' });
  const event = await createOk(client, newEvent());
  await client.post('/v1.0/subscriptions', wanted(it));
  await client.post(
    '/v1.0/subscriptions',
    wanted(it, { resource: `me/calendars/${other.id}/events` }),
  );
  it.sandbox.acts.moveEvent(alex.id, event.id, other.id);
  await it.pass(10_000);
  expect(items().map(({ changeType }) => changeType as string)).toEqual(['deleted', 'created']);
  expect(items()[0].resourceData.id).toBe(event.id);
  expect(items()[1].resourceData.id).not.toBe(event.id);
});

insideTest('what is refused is tried again for four hours, ever more rarely', async () => {
  const { it, client, posts, hook } = setUp();
  const given = { lifecycleNotificationUrl: lifecycleUrl };
  await client.post('/v1.0/subscriptions', wanted(it, given));
  hook.status = 503;
  const startedAt = it.world.runtime.now();
  await createOk(client, newEvent());
  await it.pass(12 * HOUR);
  const tries = posts.filter(({ url }) => url === hookUrl).map(({ at }) => at - startedAt);
  expect(tries.length).toBeGreaterThan(5);
  expect(tries.at(-1)).toBeLessThanOrEqual(4 * HOUR + 60_000);
  const gaps = tries.slice(1).map((at, index) => at - (tries[index] ?? 0));
  expect(gaps).toEqual(gaps.toSorted((a, b) => a - b));
  expect(gaps.at(-1)).toBeGreaterThan(100 * (gaps[0] ?? 0));
  const missed = posts.find(({ url }) => url === lifecycleUrl);
  expect(missed?.body.value[0]).toMatchObject({ lifecycleEvent: 'missed', clientState: 'secret' });
});

insideTest('an endpoint that comes back gets what waited', async () => {
  const { it, client, posts, hook } = setUp();
  await client.post('/v1.0/subscriptions', wanted(it));
  hook.status = 500;
  await createOk(client, newEvent());
  await it.pass(60_000);
  hook.status = 200;
  await it.pass(HOUR);
  const after = posts.length;
  await it.pass(6 * HOUR);
  expect(posts.length).toBe(after);
});

insideTest('a slow endpoint gets its notifications late', async () => {
  const { it, client, posts, hook } = setUp();
  await client.post('/v1.0/subscriptions', wanted(it));
  hook.tookMs = 4_000;
  for (let i = 0; i < 12; i++) {
    await createOk(client, newEvent());
    await it.pass(1_000);
  }
  hook.tookMs = 0;
  const before = posts.length;
  await createOk(client, newEvent());
  await it.pass(60_000);
  expect(posts.length).toBe(before);
  await it.pass(10 * 60_000);
  expect(posts.length).toBeGreaterThan(before);
});

insideTest('a very slow endpoint loses notifications for ten minutes', async () => {
  const { it, client, posts, hook } = setUp();
  await client.post('/v1.0/subscriptions', wanted(it));
  hook.tookMs = 11_000;
  for (let i = 0; i < 12; i++) {
    await createOk(client, newEvent());
    await it.pass(1_000);
  }
  hook.tookMs = 0;
  const before = posts.length;
  it.switches['outlook.slowEndpointDelayMs'] = 0;
  await createOk(client, newEvent());
  await it.pass(9 * 60_000);
  expect(posts.length).toBe(before);
  await it.pass(2 * HOUR);
  expect(posts.length).toBe(before);
  await createOk(client, newEvent());
  await it.pass(60_000);
  expect(posts.length).toBe(before + 1);
});

insideTest('before its end a subscription asks to be renewed', async () => {
  const { it, client, posts } = setUp();
  const given = { lifecycleNotificationUrl: lifecycleUrl, expirationDateTime: inMinutes(it, 800) };
  await client.post('/v1.0/subscriptions', wanted(it, given));
  await it.pass(699 * 60_000);
  expect(posts).toEqual([]);
  await it.pass(2 * 60_000);
  expect(posts).toMatchObject([
    { url: lifecycleUrl, body: { value: [{ lifecycleEvent: 'reauthorizationRequired' }] } },
  ]);
});

insideTest('a removed subscription says so and cannot be renewed', async () => {
  const { it, client, posts } = setUp();
  const given = { lifecycleNotificationUrl: lifecycleUrl };
  const { body } = await client.post('/v1.0/subscriptions', wanted(it, given));
  it.sandbox.acts.sendLifecycle(body.id, 'subscriptionRemoved');
  await it.pass(1_000);
  expect(posts).toMatchObject([
    { url: lifecycleUrl, body: { value: [{ lifecycleEvent: 'subscriptionRemoved' }] } },
  ]);
  const expirationDateTime = inMinutes(it, 60);
  const path = `/v1.0/subscriptions/${body.id}`;
  expect((await client.patch(path, { expirationDateTime })).status).toBe(404);
});

insideTest('a mailbox holds 1000 subscriptions', { timeout: 60_000 }, async () => {
  const { it, client } = setUp();
  const { body: first } = await client.post('/v1.0/subscriptions', wanted(it));
  const snapshot = it.sandbox.snapshot() as Body;
  const [[, stored]] = snapshot.subscriptions.$entries;
  for (let i = 0; i < 999; i++) {
    snapshot.subscriptions.$entries.push([`s${i}`, { ...stored, id: `s${i}`, clientId: 'other' }]);
  }
  it.sandbox.restore(snapshot);
  const { status } = await client.post(
    '/v1.0/subscriptions',
    wanted(it, { changeType: 'created' }),
  );
  expect([first.id.length > 0, status]).toEqual([true, 403]);
});
