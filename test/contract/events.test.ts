import { describe, expect, test } from 'vitest';
import { type EventFields, showAsValues, visibilities } from '../../src/calendar/event.ts';
import type { LinkId } from '../../src/calendar/ids.ts';
import { NetworkError } from '../../src/runtime.ts';
import { toHeldForm } from '../../src/sync/hold.ts';
import { createSandboxRuntime } from '../support/sandbox-runtime.ts';
import { answering, holiday, json, lunch, openDesk, subjects, silently } from './subjects.ts';

describe.each(subjects)('$name: an event', (subject) => {
  test('is created as it was given, found by its id and by its link', async () => {
    const { provider, call, newLinkId } = await openDesk(subject);
    const linkId = newLinkId();
    const created = await provider.createEvent(call, linkId, lunch, silently);
    expect(created).toMatchObject({ fields: lunch, linkId, warnings: [] });
    expect(created.etag).not.toBe('');
    expect(created.iCalUid).not.toBeNull();
    expect(await provider.findEvent(call, created.externalId)).toEqual(created);
    expect(await provider.findEventOfLink(call, linkId)).toEqual(created);
    expect(await provider.findEventOfLink(call, newLinkId())).toBeUndefined();
  });

  test('is created once, however often it is asked for', async () => {
    const { provider, call, newLinkId } = await openDesk(subject);
    const linkId = newLinkId();
    const created = await provider.createEvent(call, linkId, lunch, silently);
    const again = await provider
      .createEvent(call, linkId, lunch, silently)
      .catch((error: { kind: string }) => error.kind);
    if (typeof again === 'string') expect(again).toBe('already-exists');
    else expect(again.externalId).toBe(created.externalId);
    await expect(
      provider.createEvent(call, linkId, { ...lunch, title: 'Another' }, silently),
    ).rejects.toMatchObject({ kind: 'already-exists' });
    await provider.deleteEvent(call, created.externalId, created.etag, silently);
    expect(await provider.findEventOfLink(call, linkId)).toBeUndefined();
  });

  test('[F8] whose create was not answered is found by its link, and is one', async () => {
    const { sandbox, provider, call, newLinkId } = await openDesk(subject);
    const { send } = createSandboxRuntime(sandbox);
    const losing = subject.create(
      subject.config,
      createSandboxRuntime(sandbox, {
        async send(request) {
          await send(request);
          throw new NetworkError('the connection was reset');
        },
      }),
    );
    const linkId = newLinkId();
    await expect(losing.createEvent(call, linkId, lunch, silently)).rejects.toMatchObject({
      kind: 'unavailable',
    });
    const found = await provider.findEventOfLink(call, linkId);
    expect(found).toMatchObject({ fields: lunch, linkId });
  });

  test('changes only in the units that are named', async () => {
    const { provider, call, newLinkId, ask } = await openDesk(subject);
    const created = await provider.createEvent(call, newLinkId(), lunch, silently);
    const path = `${subject.eventsPath(call.calendarId)}/${created.externalId}`;
    await ask('PATCH', path, subject.foreignMember);
    const before = await provider.findEvent(call, created.externalId);
    const changes: [keyof EventFields, Partial<EventFields>][] = [
      ['title', { title: 'Dinner' }],
      ['description', { description: 'Bring\nnothing.' }],
      ['location', { location: '' }],
      ['when', { when: holiday }],
      ['visibility', { visibility: 'private' }],
      ['showAs', { showAs: 'free' }],
    ];
    let etag = before?.etag ?? '';
    let fields = lunch;
    for (const [, change] of changes) {
      fields = { ...fields, ...change };
      const updated = await provider.updateEvent(call, created.externalId, etag, change, silently);
      expect(updated).toMatchObject({ fields, linkId: created.linkId });
      expect(updated.etag).not.toBe(etag);
      etag = updated.etag;
    }
    const { json: kept } = await ask('GET', path);
    expect(kept).toMatchObject(subject.foreignMember);
  });

  test('switches between timed and all-day and back', async () => {
    const { provider, call, newLinkId } = await openDesk(subject);
    const created = await provider.createEvent(
      call,
      newLinkId(),
      { ...lunch, when: holiday },
      silently,
    );
    expect(created.fields.when).toEqual(holiday);
    const { externalId, etag } = created;
    const timed = await provider.updateEvent(
      call,
      externalId,
      etag,
      { when: lunch.when },
      silently,
    );
    expect(timed.fields.when).toEqual(lunch.when);
    const back = await provider.updateEvent(
      call,
      externalId,
      timed.etag,
      { when: holiday },
      silently,
    );
    expect(back.fields.when).toEqual(holiday);
  });

  test('that somebody else changed meanwhile is neither written nor deleted', async () => {
    const { provider, call, newLinkId } = await openDesk(subject);
    const { externalId, etag } = await provider.createEvent(call, newLinkId(), lunch, silently);
    await provider.updateEvent(call, externalId, etag, { title: 'Theirs' }, silently);
    for (const change of [{ title: 'Ours' }, { description: 'Ours' }]) {
      await expect(
        provider.updateEvent(call, externalId, etag, change, silently),
      ).rejects.toMatchObject({
        kind: 'changed-meanwhile',
      });
    }
    await expect(provider.deleteEvent(call, externalId, etag, silently)).rejects.toMatchObject({
      kind: 'changed-meanwhile',
    });
    const found = await provider.findEvent(call, externalId);
    expect(found?.fields).toEqual({ ...lunch, title: 'Theirs' });
  });

  test('that is gone is not found, deletes again without harm, and cannot be written', async () => {
    const { provider, call, newLinkId } = await openDesk(subject);
    const { externalId, etag } = await provider.createEvent(call, newLinkId(), lunch, silently);
    await provider.deleteEvent(call, externalId, etag, silently);
    await provider.deleteEvent(call, externalId, etag, silently);
    expect(await provider.findEvent(call, externalId)).toBeUndefined();
    const error = await provider
      .updateEvent(call, externalId, etag, { title: 'Ours' }, silently)
      .catch((caught: { kind: string }) => caught);
    // Google knows deleted events and compares their version first.
    expect(['gone', 'changed-meanwhile']).toContain((error as { kind: string }).kind);
    expect(await provider.findEvent(call, externalId)).toBeUndefined();
  });

  test('that never was is gone, not the calendar', async () => {
    const { provider, call, newLinkId } = await openDesk(subject);
    const { externalId, etag } = await provider.createEvent(call, newLinkId(), lunch, silently);
    const never = externalId.replace(/.{4}(?==*$)/, '0000');
    expect(await provider.findEvent(call, never)).toBeUndefined();
    await provider.deleteEvent(call, never, etag, silently);
    await expect(
      provider.updateEvent(call, never, etag, { title: 'Ours' }, silently),
    ).rejects.toMatchObject({
      kind: 'gone',
    });
  });

  test('of a calendar that is out of reach is not taken for deleted', async () => {
    const { provider, call, newLinkId } = await openDesk(subject);
    const { externalId, etag } = await provider.createEvent(call, newLinkId(), lunch, silently);
    const lost = { ...call, calendarId: call.calendarId.replace(/.{4}(?==*$)/, 'XXXX') };
    const accessLost = { kind: 'access-lost' };
    await expect(provider.findEvent(lost, externalId)).rejects.toMatchObject(accessLost);
    await expect(provider.findEventOfLink(lost, newLinkId())).rejects.toMatchObject(accessLost);
    await expect(provider.createEvent(lost, newLinkId(), lunch, silently)).rejects.toMatchObject(
      accessLost,
    );
    await expect(provider.deleteEvent(lost, externalId, etag, silently)).rejects.toMatchObject(
      accessLost,
    );
    await expect(
      provider.updateEvent(lost, externalId, etag, { title: 'Ours' }, silently),
    ).rejects.toMatchObject(accessLost);
  });

  test('keeps every value of show-as and visibility that the provider can hold', async () => {
    const { provider, call, newLinkId } = await openDesk(subject);
    const variants = [
      ...showAsValues.map((showAs) => ({ ...lunch, showAs })),
      ...visibilities.map((visibility) => ({ ...lunch, visibility })),
    ];
    for (const wanted of variants) {
      const { fields } = await provider.createEvent(call, newLinkId(), wanted, silently);
      // The planner narrows in the same way, or it would see a change in every answer.
      expect(fields).toEqual(toHeldForm(wanted, provider.capabilities));
    }
  });

  test.each([
    'a < b & c',
    '<script>alert(1)</script><b>bold</b> <anna@example.com>',
    '&amp; &lt;b&gt; &nbsp; &#65; &unknown; "quoted" \'single\'',
    'Zoë — 会議 — 👩‍👩‍👧 — שלום',
    'first\n\nthird line,\twith a tab',
    '',
  ])('keeps the text %j letter by letter', async (text) => {
    const { provider, call, newLinkId } = await openDesk(subject);
    const title = text.replaceAll(/\s+/g, ' ');
    const fields = { ...lunch, title, location: title, description: text };
    const created = await provider.createEvent(call, newLinkId(), fields, silently);
    expect(created.fields).toEqual(fields);
    const changed = await provider.updateEvent(
      call,
      created.externalId,
      created.etag,
      {
        description: `${text}!`,
      },
      silently,
    );
    expect(changed.fields.description).toBe(`${text}!`);
  });

  test('mails nobody', async () => {
    const { sandbox, provider, call, newLinkId } = await openDesk(subject);
    const { externalId, etag } = await provider.createEvent(call, newLinkId(), lunch, silently);
    const updated = await provider.updateEvent(
      call,
      externalId,
      etag,
      { title: 'Dinner' },
      silently,
    );
    await provider.deleteEvent(call, externalId, updated.etag, silently);
    expect(sandbox.mails).toEqual([]);
  });
});

const [google, outlook] = subjects;
if (!google || !outlook) throw new Error('both providers are needed');

test('google: [F35] guests of an event hear nothing of what we change', async () => {
  const { sandbox, provider, call, newLinkId, ask } = await openDesk(google);
  const { externalId } = await provider.createEvent(call, newLinkId(), lunch, silently);
  const path = `${google.eventsPath(call.calendarId)}/${externalId}`;
  const guests = { attendees: [{ email: 'ben@northwind.sandbox' }] };
  await ask('PATCH', `${path}?sendUpdates=none`, guests);
  const invited = await provider.findEvent(call, externalId);
  const { etag } = await provider.updateEvent(
    call,
    externalId,
    invited?.etag ?? '',
    {
      when: holiday,
    },
    silently,
  );
  const { json: event } = await ask('GET', path);
  expect(event).toMatchObject(guests);
  await provider.deleteEvent(call, externalId, etag, silently);
  expect(sandbox.mails).toEqual([]);
});

test('google: an event that it knows to be deleted costs one call', async () => {
  const { sandbox, provider, call, newLinkId } = await openDesk(google);
  const { externalId, etag } = await provider.createEvent(call, newLinkId(), lunch, silently);
  await provider.deleteEvent(call, externalId, etag, silently);
  const before = sandbox.calls.length;
  await provider.deleteEvent(call, externalId, etag, silently);
  expect(sandbox.calls.length - before).toBe(1);
});

test('outlook: every call asks for ids that stay, text bodies and times in UTC', async () => {
  const { provider, requests } = answering(outlook, () => json({}, 404));
  const call = { accessToken: 'token', calendarId: 'calendar' };
  const linkId = '0b7e6f5a-93c1-4d2e-8f00-1a2b3c4d5e6f' as LinkId;
  const asked = [
    provider.listCalendars('token'),
    provider.createEvent(call, linkId, lunch, silently),
    provider.findEvent(call, 'event'),
    provider.findEventOfLink(call, linkId),
    provider.updateEvent(call, 'event', 'etag', { title: 'x' }, silently),
    provider.updateEvent(call, 'event', 'etag', { description: 'x' }, silently),
    provider.deleteEvent(call, 'event', 'etag', silently),
  ];
  await Promise.allSettled(asked);
  expect(requests.length).toBeGreaterThanOrEqual(asked.length);
  for (const { headers } of requests) {
    expect(headers?.prefer).toContain('IdType="ImmutableId"');
    expect(headers?.prefer).toContain('outlook.timezone="UTC"');
  }
});

test('outlook: line ends that Exchange adds to a body are not the user’s', async () => {
  const moment = { dateTime: '2026-12-01T12:00:00.0000000', timeZone: 'UTC' };
  const body = { contentType: 'text', content: 'One\r\n\r\nthree\r\n\r\n' };
  const event = { id: 'one', '@odata.etag': 'W/"1"', start: moment, end: moment, body };
  const { provider } = answering(outlook, () => json(event));
  const found = await provider.findEvent({ accessToken: 'token', calendarId: 'c' }, 'one');
  expect(found?.fields.description).toBe('One\n\nthree');
});
