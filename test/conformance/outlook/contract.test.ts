import { expect, test } from 'vitest';
import { checkGraphExchange, hasGraphSchema } from '../../support/graph-contract.ts';
import { clientOf, createOk, createTestWorld, newEvent, newSeries, type Body } from './client.ts';

const judge = (responseBody: unknown, status = 200, operation = 'events.get') =>
  checkGraphExchange({ operation, method: 'GET', url: '/v1.0/me/events/x', status, responseBody });

const anEvent = async (): Promise<Body> =>
  createOk(
    clientOf(createTestWorld()),
    newSeries({ attendees: [{ emailAddress: { address: 'a@b.test' } }] }),
  );

test.skipIf(!hasGraphSchema)(
  'answers are judged by the types that Microsoft publishes',
  async () => {
    const event = await anEvent();
    expect(judge(event)).toEqual([]);
    for (const wrong of [
      { subject: 5 },
      { showAs: 'Busy' },
      { isAllDay: 'true' },
      { start: { date: '2026-03-10' } },
      { attendees: [{ ...event.attendees[0], answer: 'yes' }] },
      { recurrence: { ...event.recurrence, pattern: { type: 'hourly' } } },
      { createdDateTime: 'yesterday' },
      { madeUp: 1 },
    ]) {
      expect([wrong, judge({ ...event, ...wrong }).length > 0]).toEqual([wrong, true]);
      expect(judge({ value: [event, { ...event, ...wrong }] }).length).toBeGreaterThan(0);
    }
  },
);

test.skipIf(!hasGraphSchema)('requests are judged too, with enum members in any case', () => {
  const send = (requestBody: unknown) =>
    checkGraphExchange({
      operation: 'events.create',
      method: 'POST',
      url: '/v1.0/me/events',
      requestBody,
      status: 202,
    });
  expect(send(newEvent({ importance: 'HIGH' }))).toEqual([]);
  expect(send(newEvent({ importance: 'highest' }))).not.toEqual([]);
  expect(send(newEvent({ subject: ['x'] }))).not.toEqual([]);
});

test('an error without code and message is a violation', () => {
  expect(judge({ error: { code: 'x', message: '' } }, 400)).toEqual([]);
  expect(judge({ error: 'x' }, 400)).not.toEqual([]);
  expect(judge(undefined, 500)).not.toEqual([]);
});
