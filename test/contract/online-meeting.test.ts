import { describe, expect, test } from 'vitest';
import type { CalendarCall } from '../../src/providers/provider.ts';
import { answering, json, openDesk, subjects, silently } from './subjects.ts';

const outlook = subjects[1];
if (!outlook) throw new Error('no subject');

const teamsMeeting = {
  subject: 'Offer',
  body: { contentType: 'html', content: '<html><body><p>Agenda:</p><p>a &lt; b</p></body></html>' },
  start: { dateTime: '2026-12-01T12:00:00', timeZone: 'Europe/Berlin' },
  end: { dateTime: '2026-12-01T13:00:00', timeZone: 'Europe/Berlin' },
  isOnlineMeeting: true,
  onlineMeetingProvider: 'teamsForBusiness',
};

async function openMeeting(body = teamsMeeting.body) {
  const desk = await openDesk(outlook!);
  const path = outlook!.eventsPath(desk.call.calendarId);
  const { json: made } = await desk.ask('POST', path, { ...teamsMeeting, body });
  const readRaw = async () => (await desk.ask('GET', `${path}/${String(made.id)}`)).json;
  const event = await desk.provider.findEvent(desk.call, String(made.id));
  if (!event) throw new Error('the meeting was not made');
  return { ...desk, readRaw, event };
}

describe('[F34] the description of an online meeting', () => {
  test('is read without the block that joins it', async () => {
    const { event } = await openMeeting();
    expect(event.fields.description).toBe('Agenda:\na < b');
  });

  test('is changed without taking the meeting offline, again and again', async () => {
    const { provider, call, readRaw, event } = await openMeeting();
    let { etag } = event;
    for (const description of ['Price: 5 < 6 & more', '', 'Two\nlines <b>']) {
      const changes = { title: 'Final offer', description };
      const updated = await provider.updateEvent(call, event.externalId, etag, changes, silently);
      expect(updated.fields).toMatchObject(changes);
      etag = updated.etag;
      const raw = await readRaw();
      const { joinUrl } = raw.onlineMeeting as { joinUrl: string };
      const { content } = raw.body as { content: string };
      expect(raw.isOnlineMeeting).toBe(true);
      expect(content.split(joinUrl)).toHaveLength(2);
      expect(content.match(/_{20,}/g)).toHaveLength(1);
      expect(content.match(/<body/g)).toHaveLength(1);
    }
  });

  test('may hold lines of underscores of its own', async () => {
    const { provider, call, event } = await openMeeting();
    const description = `Above\n${'_'.repeat(30)}\nBelow`;
    const updated = await provider.updateEvent(
      call,
      event.externalId,
      event.etag,
      { description },
      silently,
    );
    expect(updated.fields.description).toBe(description);
  });

  test('is left alone when other things change', async () => {
    const { provider, call, readRaw, event } = await openMeeting();
    const before = (await readRaw()).body;
    await provider.updateEvent(
      call,
      event.externalId,
      event.etag,
      { title: 'Final offer' },
      silently,
    );
    expect((await readRaw()).body).toEqual(before);
  });

  test('is refused where the block is not the one we know', async () => {
    const joinUrl = 'https://teams.microsoft.com/l/meetup-join/x?a=1&b=2';
    const { provider, requests } = answering(outlook!, () =>
      json({
        '@odata.etag': 'W/"1"',
        id: 'one',
        start: { dateTime: '2026-12-01T12:00:00.0000000', timeZone: 'UTC' },
        end: { dateTime: '2026-12-01T13:00:00.0000000', timeZone: 'UTC' },
        isOnlineMeeting: true,
        onlineMeeting: { joinUrl },
        body: { contentType: 'html', content: `<p>Join: ${joinUrl.replace('&', '&amp;')}</p>` },
      }),
    );
    const call: CalendarCall = { accessToken: 'token', calendarId: 'calendar' };
    await expect(
      provider.updateEvent(call, 'one', 'W/"1"', { description: 'New' }, silently),
    ).rejects.toMatchObject({ kind: 'refused' });
    expect(requests.map(({ method }) => method)).toEqual(['GET']);
  });
});
