import { expect, test } from 'vitest';
import { createFaults } from '../../../sandbox/faults.ts';
import type { FaultEffect } from '../../../sandbox/faults.ts';
import { createNotifier } from '../../../sandbox/notify.ts';
import type { NotificationRecord } from '../../../sandbox/notify.ts';
import { callAs, createPlayedSandbox, graphEvents, graphMeeting, settle } from './support.ts';

const MINUTE_MS = 60_000;
const HOOK = 'https://crm.example/webhooks/google';

/** The providers' way out, and what came through it. */
function createWayOut() {
  const sent: Request[] = [];
  const records: NotificationRecord[] = [];
  let queue: { at: number; task: () => void | Promise<void> }[] = [];
  let now = 0;
  const faults = createFaults(() => 0);
  const notifier = createNotifier({
    runtime: {
      now: () => now,
      random: () => 0,
      fetch: async (request) => {
        sent.push(request.clone());
        return new Response(null, { status: 200 });
      },
      schedule: (delayMs, task) => {
        queue.push({ at: now + delayMs, task });
      },
    },
    faults,
    note: (record) => records.push(record),
  });
  let messageNumber = 1;
  return {
    sent,
    records,
    faults,
    fault: (effect: FaultEffect) => faults.add({ match: { operation: 'notification' }, effect }),
    notify(channelId = 'channel-1') {
      const headers = {
        'x-goog-channel-id': channelId,
        'x-goog-resource-state': 'exists',
        'x-goog-message-number': String(++messageNumber),
        'x-goog-resource-uri': 'https://www.googleapis.com/calendar/v3/calendars/a%40b.c/events',
      };
      return notifier.deliver('google', new Request(HOOK, { method: 'POST', headers }));
    },
    async pass(durationMs: number) {
      now += durationMs;
      const due = queue.filter(({ at }) => at <= now);
      queue = queue.filter(({ at }) => at > now);
      for (const { task } of due) await task();
      await settle();
    },
  };
}

const numbersOf = (sent: Request[]) =>
  sent.map((request) => Number(request.headers.get('x-goog-message-number')));

test('a notification is sent and recorded', async () => {
  const { sent, records, notify } = createWayOut();
  expect((await notify()).status).toBe(200);
  expect(sent).toHaveLength(1);
  expect(records).toMatchObject([
    { provider: 'google', url: HOOK, channelId: 'channel-1', state: 'exists', status: 200 },
  ]);
});

test('a lost notification is never sent, though the provider believes it was', async () => {
  const { sent, records, notify, fault } = createWayOut();
  fault({ kind: 'lose' });
  expect((await notify()).ok).toBe(true);
  expect(sent).toHaveLength(0);
  expect(records).toMatchObject([{ status: null }]);
  await notify();
  expect(sent).toHaveLength(1);
});

test('a late notification comes after its time', async () => {
  const { sent, notify, fault, pass } = createWayOut();
  fault({ kind: 'delay', delayMs: 240 * MINUTE_MS });
  await notify();
  await pass(239 * MINUTE_MS);
  expect(sent).toHaveLength(0);
  await pass(MINUTE_MS);
  expect(sent).toHaveLength(1);
});

test('a notification can come fifty times', async () => {
  const { sent, notify, fault } = createWayOut();
  fault({ kind: 'repeat', count: 50 });
  await notify();
  expect(sent).toHaveLength(50);
});

test('two notifications can come in the wrong order', async () => {
  const { sent, notify, fault } = createWayOut();
  fault({ kind: 'reorder' });
  await notify();
  expect(sent).toHaveLength(0);
  await notify();
  const [first = 0, second = 0] = numbersOf(sent);
  expect(first).toBeGreaterThan(second);
});

test('a dead channel stays silent while others speak', async () => {
  const { sent, notify, faults } = createWayOut();
  faults.add({ match: { channelId: 'channel-1' }, times: 'always', effect: { kind: 'lose' } });
  await notify('channel-1');
  await notify('channel-2');
  expect(sent.map((request) => request.headers.get('x-goog-channel-id'))).toEqual(['channel-2']);
});

test('a rule can name the calendar that a notification is about', async () => {
  const { sent, notify, faults } = createWayOut();
  const match = { operation: 'notification', calendarId: 'a@b.c' };
  faults.add({ match, effect: { kind: 'lose' } });
  await notify();
  expect(sent).toHaveLength(0);
});

test("a rule about the API does not touch notifications, nor the validation of Graph's webhooks", async () => {
  const { sandbox, sent, pass } = createPlayedSandbox({}, (request) => {
    const token = new URL(request.url).searchParams.get('validationToken');
    return new Response(token, { headers: { 'content-type': 'text/plain' } });
  });
  sandbox.faults.add({
    match: { operation: 'notification' },
    times: 'always',
    effect: { kind: 'lose' },
  });
  const pending = callAs(sandbox, 'outlook', 'POST', '/v1.0/subscriptions', {
    body: {
      changeType: 'created,updated,deleted',
      notificationUrl: 'https://crm.example/webhooks/outlook',
      resource: '/me/events',
      expirationDateTime: '2026-11-24T09:00:00Z',
      clientState: 'secret',
    },
  });
  await pass(MINUTE_MS);
  expect((await pending).status).toBe(201);
  expect(sandbox.notifications[0]).toMatchObject({ operation: 'validation', status: 200 });
  sent.length = 0;
  sandbox.faults.add({ times: 'always', match: { method: 'GET' }, effect: { kind: 'lose' } });
  await callAs(sandbox, 'outlook', 'POST', graphEvents, { body: graphMeeting('Lunch') });
  await pass(MINUTE_MS);
  expect(sent).toHaveLength(0);
  sandbox.faults.clear();
  await callAs(sandbox, 'outlook', 'POST', graphEvents, { body: graphMeeting('Dinner') });
  await pass(MINUTE_MS);
  expect(sent.length).toBeGreaterThan(0);
});
