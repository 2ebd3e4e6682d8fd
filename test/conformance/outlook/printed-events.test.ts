import { expect } from 'vitest';
import { clientOf, createOk, createTestWorld, enc, eventPath, insideTest } from './client.ts';
import { newEvent, newSeries, springWindow } from './client.ts';
import { adele, alex, callerOf, pat, type TestWorld } from './world.ts';

const KEPT = "id eq 'String {66f5a359-4659-4830-9070-00047ec6ac6e} Name Mark'";
const views = [
  '/v1.0/me/events?$top=50',
  '/v1.0/me/events?$select=subject,start,attendees',
  `/v1.0/me/events?$expand=singleValueExtendedProperties($filter=${KEPT})`,
  '/v1.0/me/events?$expand=extensions,calendar',
  '/v1.0/me/events?$filter=isOrganizer eq true',
  '/beta/me/events?$select=subject,uid',
  `/v1.0/me/calendarView?${springWindow}&$top=20`,
  `/v1.0/me/calendarView/delta?${springWindow}`,
];
const preferences = [
  '',
  'outlook.timezone="Tokyo Standard Time", outlook.body-content-type="text"',
  'IdType="ImmutableId", outlook.allow-unsafe-html',
];

/** Every answer that a client with these preferences could get. */
async function readAll({ sandbox }: TestWorld, prefer: string): Promise<string[]> {
  const answers: string[] = [];
  for (const account of [alex, adele, pat]) {
    for (const view of views) {
      const request = new Request(`https://graph.test${view}`, { headers: { prefer } });
      const response = await sandbox.fetch(request, callerOf(account));
      expect(response.status).toBe(200);
      answers.push(`${account.email} ${view} ${await response.text()}`);
    }
  }
  return answers;
}

insideTest.for(preferences)(
  'whatever changes an event, no answer shows it as it was before (%s)',
  async (prefer) => {
    const it = createTestWorld();
    const client = clientOf(it);
    const attendee = { emailAddress: { address: adele.email }, type: 'required' };
    const meeting = await createOk(client, newEvent({ attendees: [attendee] }));
    const series = await createOk(client, newSeries({ attendees: [attendee] }));
    const calendar = (await client.post('/v1.0/me/calendars', { name: 'Other' })).body;
    const path = eventPath(meeting);
    const { value } = (
      await client.get(`/v1.0/me/events/${enc(String(series.id))}/instances?${springWindow}`)
    ).body as { value: { id: string }[] };
    const occurrence = `/v1.0/me/events/${enc(value[1]?.id ?? '')}`;
    const copyOf = async () => {
      const events = (await clientOf(it, adele).get('/v1.0/me/events')).body.value;
      return eventPath(events[0]);
    };
    const changes: (() => Promise<unknown>)[] = [
      () => client.patch(path, { subject: 'Changed' }),
      () => client.patch(path, { isOnlineMeeting: true }),
      () => client.patch(path, { categories: ['Blue'] }),
      () =>
        client.patch(path, {
          singleValueExtendedProperties: [{ id: KEPT.slice(7, -1), value: '1' }],
        }),
      () => client.post(`${path}/extensions`, { extensionName: 'a.b', x: 1 }),
      () => client.patch(`${path}/extensions/a.b`, { x: 2 }),
      async () => clientOf(it, adele).post(`${await copyOf()}/accept`, { sendResponse: true }),
      async () => clientOf(it, adele).patch(await copyOf(), { showAs: 'free' }),
      () => client.patch(occurrence, { subject: 'Only this' }),
      () => client.delete(occurrence),
      () => client.patch('/v1.0/me/calendar', { name: 'Renamed' }),
      async () => it.sandbox.acts.moveEvent(alex.id, String(meeting.id), String(calendar.id)),
      async () => void (it.switches['outlook.occurrenceHasOwnICalUId'] = false),
      () => client.post(`${eventPath(series)}/cancel`, {}),
    ];
    await readAll(it, prefer);
    for (const [index, change] of changes.entries()) {
      const answer = (await change()) as { status?: number } | undefined;
      expect(answer?.status ?? 200, `change ${index}`).toBeLessThan(300);
      const answers = await readAll(it, prefer);
      // What a snapshot brings back was never printed before.
      it.sandbox.restore(it.sandbox.snapshot());
      expect(answers, `change ${index}`).toEqual(await readAll(it, prefer));
    }
  },
);
