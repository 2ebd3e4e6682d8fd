import { expect, test } from 'vitest';
import { createSandbox } from '../../../sandbox/sandbox.ts';
import type { Sandbox } from '../../../sandbox/sandbox.ts';
import { callAs } from './support.ts';

const googleCalls: [string, string][] = [
  ['GET', '/users/me/calendarList'],
  ['POST', '/users/me/calendarList'],
  ['POST', '/users/me/calendarList/watch'],
  ['GET', '/users/me/calendarList/x'],
  ['PUT', '/users/me/calendarList/x'],
  ['PATCH', '/users/me/calendarList/x'],
  ['DELETE', '/users/me/calendarList/x'],
  ['GET', '/users/me/settings'],
  ['GET', '/users/me/settings/timezone'],
  ['POST', '/calendars'],
  ['GET', '/calendars/primary'],
  ['PATCH', '/calendars/primary'],
  ['DELETE', '/calendars/x'],
  ['POST', '/calendars/primary/clear'],
  ['GET', '/calendars/primary/acl'],
  ['GET', '/calendars/primary/events'],
  ['POST', '/calendars/primary/events'],
  ['POST', '/calendars/primary/events/import'],
  ['POST', '/calendars/primary/events/quickAdd?text=Lunch'],
  ['POST', '/calendars/primary/events/watch'],
  ['GET', '/calendars/primary/events/x'],
  ['PUT', '/calendars/primary/events/x'],
  ['PATCH', '/calendars/primary/events/x'],
  ['DELETE', '/calendars/primary/events/x'],
  ['GET', '/calendars/primary/events/x/instances'],
  ['POST', '/calendars/primary/events/x/move?destination=y'],
  ['POST', '/channels/stop'],
  ['GET', '/colors'],
  ['POST', '/freeBusy'],
];

const graphCalls: [string, string][] = [
  ['GET', '/me'],
  ['GET', '/me/calendar'],
  ['GET', '/me/calendars'],
  ['POST', '/me/calendars'],
  ['PATCH', '/me/calendars/CALENDAR'],
  ['GET', "/me/calendars('CALENDAR')/events"],
  ['GET', '/me/calendarGroups'],
  ['GET', '/me/calendarGroups/GROUP/calendars'],
  ['GET', '/me/calendarView?startDateTime=2026-11-01&endDateTime=2026-11-02'],
  ['GET', '/me/calendarView/delta?startDateTime=2026-11-01&endDateTime=2026-11-02'],
  ['GET', '/me/calendar/calendarView?startDateTime=2026-11-01&endDateTime=2026-11-02'],
  ['GET', '/me/events'],
  ['POST', '/me/events'],
  ['GET', '/me/events/x'],
  ['PATCH', '/me/events/x'],
  ['DELETE', '/me/events/x'],
  ['GET', '/me/events/x/instances?startDateTime=2026-11-01&endDateTime=2026-11-02'],
  ['POST', '/me/events/x/accept'],
  ['POST', '/me/events/x/tentativelyAccept'],
  ['POST', '/me/events/x/decline'],
  ['POST', '/me/events/x/cancel'],
  ['POST', '/me/events/x/forward'],
  ['GET', '/me/events/x/extensions/y'],
  ['GET', '/me/mailboxSettings'],
  ['POST', '/me/translateExchangeIds'],
  ['POST', '/me/calendar/getSchedule'],
  ['GET', '/subscriptions'],
  ['POST', '/subscriptions'],
  ['PATCH', '/subscriptions/x'],
  ['DELETE', '/subscriptions/x'],
];

const calls = [
  ...googleCalls.map(([method, path]) => ['google', method, `/calendar/v3${path}`] as const),
  ...graphCalls.map(([method, path]) => ['outlook', method, `/v1.0${path}`] as const),
];

/** Ids that a path needs, since a call below an unknown calendar is not looked into. */
async function findId(sandbox: Sandbox, path: string): Promise<string> {
  const response = await callAs(sandbox, 'outlook', 'GET', path);
  const { value } = (await response.json()) as { value: { id: string }[] };
  return encodeURIComponent(value[0]?.id ?? '');
}

test.each(calls)('at %s a rule names %s %s as the record does', async (provider, method, shape) => {
  const sandbox = createSandbox();
  const path = shape
    .replace('CALENDAR', await findId(sandbox, '/v1.0/me/calendars'))
    .replace('GROUP', await findId(sandbox, '/v1.0/me/calendarGroups'));
  sandbox.clearRecords();
  const body = ['POST', 'PUT', 'PATCH'].includes(method) ? {} : undefined;
  await callAs(sandbox, provider, method, path, { body });
  const recorded = sandbox.calls[0]?.operation;
  expect(recorded).toMatch(/^[a-zA-Z]+(\.[a-zA-Z]+)?$/);
  sandbox.clearRecords();
  sandbox.faults.add({ effect: { kind: 'reset', when: 'before' } });
  await callAs(sandbox, provider, method, path, { body }).catch(() => {});
  expect(sandbox.calls[0]?.operation).toBe(recorded);
});
