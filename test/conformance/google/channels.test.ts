import { describe, expect, test } from 'vitest';
import {
  ada,
  bob,
  eventsPath,
  expectError,
  insideTest,
  lunch,
  newStage,
  type Body,
  type Stage,
} from './client.ts';

const PRIMARY = eventsPath('primary');
const WATCH = `${PRIMARY}/watch`;

function channel(over: Body = {}): Body {
  return {
    id: 'channel-1',
    type: 'web_hook',
    address: 'https://crm.test/hook',
    token: 's3cret',
    ...over,
  };
}

async function watch(stage: Stage, over: Body = {}): Promise<Body> {
  return stage.as(ada).get('events.watch', WATCH, { body: channel(over) });
}

async function change(stage: Stage, over: Body = {}): Promise<Body> {
  return stage.as(ada).get('events.insert', PRIMARY, { body: lunch(over) });
}

const states = (stage: Stage) =>
  stage.world.deliveries.map(({ headers }) => headers['x-goog-resource-state']);

describe('watching', () => {
  insideTest('lives seven days by default; expiration is a string of milliseconds', async () => {
    const stage = newStage();
    const now = stage.world.runtime.now();
    const answer = await watch(stage);
    expect(answer).toMatchObject({ kind: 'api#channel', id: 'channel-1', token: 's3cret' });
    const lifeMs = Number(answer.expiration) - now;
    expect(lifeMs).toBeLessThanOrEqual(604_800_000);
    expect(lifeMs).toBeGreaterThan(604_798_000);
    const short = await watch(stage, { id: 'channel-2', params: { ttl: '60' } });
    expect(Number(short.expiration) - now).toBeLessThanOrEqual(60_000);
    expect(short.resourceId).toBe(answer.resourceId);
  });

  insideTest('the sync message is on its way before the answer', async () => {
    const stage = newStage();
    const answer = await watch(stage);
    await stage.world.advance(0);
    const [first] = stage.world.deliveries;
    expect(first).toMatchObject({ url: 'https://crm.test/hook', body: '' });
    expect(first?.headers).toMatchObject({
      'x-goog-channel-id': 'channel-1',
      'x-goog-message-number': '1',
      'x-goog-resource-id': answer.resourceId,
      'x-goog-resource-state': 'sync',
      'x-goog-resource-uri': answer.resourceUri,
      'x-goog-channel-token': 's3cret',
      'x-goog-channel-expiration': new Date(Number(answer.expiration)).toUTCString(),
    });
    expect(first?.headers['user-agent']).toContain('APIs-Google');
    expect(answer.resourceUri).toMatch(/\?alt=json$/);
  });

  insideTest(
    'create, change and delete are all `exists`; changes close together ring once',
    async () => {
      const stage = newStage();
      await watch(stage);
      const { id } = await change(stage);
      await change(stage);
      await stage.world.advance(2_000);
      await stage
        .as(ada)
        .get('events.patch', eventsPath('primary', id), { body: { summary: 'x' } });
      await stage.world.advance(2_000);
      await stage.as(ada).get('events.delete', eventsPath('primary', id));
      await stage.world.advance(2_000);
      expect(states(stage)).toEqual(['sync', 'exists', 'exists', 'exists']);
      const numbers = stage.world.deliveries.map(({ headers }) =>
        Number(headers['x-goog-message-number']),
      );
      expect(numbers).toEqual([...numbers].sort((left, right) => left - right));
      expect(new Set(numbers).size).toBe(4);
    },
  );

  insideTest('a guest’s calendar rings for what the organizer does', async () => {
    const stage = newStage();
    await stage.as(bob).get('events.watch', WATCH, { body: channel() });
    await change(stage, { attendees: [{ email: bob.email }] });
    await stage.world.advance(2_000);
    expect(states(stage)).toEqual(['sync', 'exists']);
  });

  insideTest('eventTypes limits what rings', async () => {
    const stage = newStage();
    const query = { eventTypes: ['outOfOffice'] };
    await stage.as(ada).get('events.watch', WATCH, { body: channel(), query });
    await change(stage);
    await stage.world.advance(2_000);
    expect(states(stage)).toEqual(['sync']);
  });

  insideTest('after its end a channel is silent, and nobody says so', async () => {
    const stage = newStage();
    await watch(stage, { params: { ttl: '60' } });
    await stage.world.advance(61_000);
    await change(stage);
    await stage.world.advance(5_000);
    expect(states(stage)).toEqual(['sync']);
  });

  insideTest.for([500, 502, 503, 504])('%s is tried again, later each time', async (status) => {
    const stage = newStage();
    await watch(stage);
    stage.world.answerWebhook = () => status;
    await change(stage);
    await stage.world.advance(120_000);
    const times = stage.world.deliveries.slice(1).map(({ at }) => at);
    const gaps = times.slice(1).map((at, index) => at - (times[index] ?? 0));
    expect(gaps.length).toBeGreaterThan(2);
    for (let n = 1; n < gaps.length; n++) expect(gaps[n]).toBe((gaps[n - 1] ?? 0) * 2);
    const numbers = stage.world.deliveries
      .slice(1)
      .map((each) => each.headers['x-goog-message-number']);
    expect(new Set(numbers).size).toBe(1);
  });

  insideTest('any other failure is final', async () => {
    const stage = newStage();
    stage.world.answerWebhook = () => 404;
    await watch(stage);
    await change(stage);
    await stage.world.advance(60_000);
    expect(states(stage)).toEqual(['sync', 'exists']);
  });
});

describe('refusals', () => {
  test('the address must be HTTPS', async () => {
    const body = channel({ address: 'http://crm.test/hook' });
    const reply = await newStage().as(ada).call('events.watch', WATCH, { body });
    expectError(reply, 400, 'push.webhookUrlNotHttps');
  });

  insideTest('a channel id is never used twice, not even after a stop', async () => {
    const stage = newStage();
    const { id, resourceId } = await watch(stage);
    const again = () => stage.as(ada).call('events.watch', WATCH, { body: channel() });
    expectError(await again(), 400, 'channelIdNotUnique');
    await stage.as(ada).get('channels.stop', 'channels/stop', { body: { id, resourceId } });
    expectError(await again(), 400, 'channelIdNotUnique');
  });

  test('ids have at most 64 characters, tokens 256; both must fit into a header', async () => {
    const client = newStage().as(ada);
    for (const over of [
      { id: 'x'.repeat(65) },
      { token: 'x'.repeat(257) },
      { type: 'mail' },
      { token: 'a\nb' },
      { id: 'ü' },
      { address: 'https://user:secret@crm.test/hook' },
      { address: 'nowhere' },
    ]) {
      expectError(
        await client.call('events.watch', WATCH, { body: channel(over) }),
        400,
        'invalid',
      );
    }
  });
});

describe('stopping', () => {
  insideTest('only the same user with the same client may', async () => {
    const stage = newStage();
    const { id, resourceId } = await watch(stage);
    const body = { id, resourceId };
    for (const client of [stage.as(bob), stage.as(ada, { clientId: 'client-2' })]) {
      expectError(await client.call('channels.stop', 'channels/stop', { body }), 404, 'notFound');
    }
    const reply = await stage.as(ada).call('channels.stop', 'channels/stop', { body });
    expect(reply.status).toBe(204);
    expectError(
      await stage.as(ada).call('channels.stop', 'channels/stop', { body }),
      404,
      'notFound',
    );
  });

  insideTest('what was on its way still trickles in, then there is silence', async () => {
    const stage = newStage();
    const { id, resourceId } = await watch(stage);
    await change(stage);
    await stage.as(ada).get('channels.stop', 'channels/stop', { body: { id, resourceId } });
    await stage.world.advance(10_000);
    await change(stage);
    await stage.world.advance(10_000);
    expect(states(stage)).toEqual(['sync', 'exists']);
  });
});
