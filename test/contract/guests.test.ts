import { describe, expect, test } from 'vitest';
import { type Attendee, ATTENDEES_MAX } from '../../src/calendar/event.ts';
import { type Desk, lunch, openDesk, silently, type Subject, subjects } from './subjects.ts';

const guest = (email: string, name = '', isOptional = false): Attendee => ({
  email,
  name,
  isOptional,
});
const ada = guest('ada@example.com', 'Ada Lovelace');
const ben = guest('ben@example.com', '', true);
const cleo = guest('cleo@example.com');

type Entry = Record<string, unknown>;

/** As the provider's API has it. */
async function listThere({ ask, call }: Desk, subject: Subject, id: string): Promise<Entry[]> {
  const path = `${subject.eventsPath(call.calendarId)}/${encodeURIComponent(id)}`;
  return ((await ask('GET', path)).json['attendees'] ?? []) as Entry[];
}

async function setThere(desk: Desk, subject: Subject, id: string, attendees: Entry[]) {
  const path = `${subject.eventsPath(desk.call.calendarId)}/${encodeURIComponent(id)}`;
  expect((await desk.ask('PATCH', path, { attendees })).status).toBe(200);
}

const entryOf = ({ name }: Subject, email: string, more: Entry = {}): Entry =>
  name === 'google'
    ? { email, ...more }
    : { type: 'required', emailAddress: { address: email, name: email }, ...more };

const roomOf = (subject: Subject) =>
  entryOf(
    subject,
    'room@example.com',
    subject.name === 'google' ? { resource: true } : { type: 'resource' },
  );

const emailsOf = (list: readonly Attendee[]) => list.map(({ email }) => email);

describe.each(subjects)('guests at $name', (subject) => {
  test('are written with the event and read back as they were meant', async () => {
    const desk = await openDesk(subject);
    const { provider, call, newLinkId } = desk;
    const fields = { ...lunch, attendees: [ada, ben] };
    const made = await provider.createEvent(call, newLinkId(), fields, silently);
    expect(made.fields.attendees).toEqual([ada, ben]);
    expect(made.answers).toEqual({ [ada.email]: 'needs-action', [ben.email]: 'needs-action' });
    const read = await provider.findEvent(call, made.externalId);
    expect(read?.fields.attendees).toEqual([ada, ben]);
  });

  test('come and go, and turn optional, while the others stay as they are known there', async () => {
    const desk = await openDesk(subject);
    const { provider, call, newLinkId } = desk;
    const fields = { ...lunch, attendees: [ada, ben] };
    const { externalId } = await provider.createEvent(call, newLinkId(), fields, silently);
    const own = subject.name === 'google' ? [entryOf(subject, subject.email)] : [];
    const known = await listThere(desk, subject, externalId);
    const note = subject.name === 'google' ? { comment: 'Late', responseStatus: 'accepted' } : {};
    await setThere(desk, subject, externalId, [
      ...own,
      { ...known[0], ...note },
      ...known.slice(1),
      roomOf(subject),
    ]);
    const before = await listThere(desk, subject, externalId);
    const { etag, fields: seen } = (await provider.findEvent(call, externalId)) ?? missing();
    // Neither the organizer nor a room is a guest.
    expect(emailsOf(seen.attendees)).toEqual([ada.email, ben.email]);

    const wanted = [{ ...ada, name: 'Somebody' }, cleo];
    const change = { attendees: wanted };
    const written = await provider.updateEvent(call, externalId, etag, change, silently);
    expect(emailsOf(written.fields.attendees)).toEqual([ada.email, cleo.email]);
    const after = await listThere(desk, subject, externalId);
    const addressOf = (entry: Entry) =>
      String(entry['email'] ?? (entry['emailAddress'] as Entry)['address']);
    const stayed = before.filter((entry) => addressOf(entry) !== ben.email);
    expect(after).toEqual([...stayed, expect.objectContaining(withoutAnswer(subject, cleo.email))]);

    const optional = { attendees: [{ ...ada, isOptional: true }, cleo] };
    const again = await provider.updateEvent(call, externalId, written.etag, optional, silently);
    expect(again.fields.attendees.map(({ isOptional }) => isOptional)).toEqual([true, false]);
    const last = await listThere(desk, subject, externalId);
    const {
      optional: _,
      type: __,
      ...adaBefore
    } = stayed.find((one) => addressOf(one) === ada.email) ?? {};
    expect(last).toContainEqual(expect.objectContaining(adaBefore));
    const none = await provider.updateEvent(
      call,
      externalId,
      again.etag,
      { attendees: [] },
      silently,
    );
    expect(none.fields.attendees).toEqual([]);
    expect((await listThere(desk, subject, externalId)).map(addressOf)).toContain(
      'room@example.com',
    );
  });

  test('beyond what we hold are left as they are', async () => {
    const desk = await openDesk(subject);
    const { provider, call, newLinkId } = desk;
    const { externalId } = await provider.createEvent(call, newLinkId(), lunch, silently);
    const many = Array.from({ length: ATTENDEES_MAX + 20 }, (_, index) =>
      entryOf(subject, `guest${String(index).padStart(3, '0')}@example.com`),
    );
    await setThere(desk, subject, externalId, many);
    const { etag, fields } = (await provider.findEvent(call, externalId)) ?? missing();
    expect(fields.attendees).toHaveLength(ATTENDEES_MAX);
    const attendees = [...fields.attendees.slice(1), ada];
    await provider.updateEvent(call, externalId, etag, { attendees }, silently);
    expect(await listThere(desk, subject, externalId)).toHaveLength(ATTENDEES_MAX + 20);
  });

  test('are written over in no version but the one that was read', async () => {
    const desk = await openDesk(subject);
    const { provider, call, newLinkId } = desk;
    const fields = { ...lunch, attendees: [ada] };
    const { externalId, etag } = await provider.createEvent(call, newLinkId(), fields, silently);
    await setThere(desk, subject, externalId, [
      ...(await listThere(desk, subject, externalId)),
      entryOf(subject, cleo.email),
    ]);
    const change = { attendees: [ben] };
    await expect(
      provider.updateEvent(call, externalId, etag, change, silently),
    ).rejects.toMatchObject({ kind: 'changed-meanwhile' });
    expect(await listThere(desk, subject, externalId)).toHaveLength(2);
  });

  test('are mailed when that is asked for, and else only where it cannot be helped', async () => {
    for (const notify of [true, false]) {
      const { sandbox, provider, call, newLinkId } = await openDesk(subject);
      const mailsDue = notify || !provider.capabilities.canKeepSilent;
      const fields = { ...lunch, attendees: [ada] };
      const mailing = { notify };
      const made = await provider.createEvent(call, newLinkId(), fields, mailing);
      const changes = { title: 'Late lunch' };
      const { etag } = await provider.updateEvent(
        call,
        made.externalId,
        made.etag,
        changes,
        mailing,
      );
      await provider.deleteEvent(call, made.externalId, etag, mailing);
      const kinds = sandbox.mails.map(({ kind }) => kind);
      expect(kinds).toEqual(mailsDue ? ['invitation', 'update', 'cancellation'] : []);
    }
  });

  test('are nobody’s to mail where there are none', async () => {
    const { sandbox, provider, call, newLinkId } = await openDesk(subject);
    const mailing = { notify: true };
    const { externalId, etag } = await provider.createEvent(call, newLinkId(), lunch, mailing);
    await provider.deleteEvent(call, externalId, etag, mailing);
    expect(sandbox.mails).toEqual([]);
  });

  test('have said what the provider says that they said', async () => {
    const desk = await openDesk(subject);
    const { provider, call, newLinkId, sandbox } = desk;
    const colleague = subject.email.replace('anna', 'ben');
    const fields = { ...lunch, attendees: [guest(colleague)] };
    const { externalId } = await provider.createEvent(call, newLinkId(), fields, silently);
    const token = sandbox.issueToken({ provider: subject.name, email: colleague });
    const asColleague = async (method: string, path: string, body?: unknown) => {
      const response = await sandbox.fetch(
        new Request(subject.config.apiUrl + path, {
          method,
          headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
          ...(body !== undefined && { body: JSON.stringify(body) }),
        }),
      );
      const text = await response.text();
      expect(response.ok, text).toBe(true);
      return (text ? JSON.parse(text) : {}) as { value: { id: string }[] };
    };
    if (subject.name === 'google') {
      const attendees = [{ email: colleague, responseStatus: 'tentative' }];
      await asColleague('PATCH', `/calendars/primary/events/${externalId}`, { attendees });
    } else {
      const { value } = await asColleague('GET', '/me/events?$top=50&$select=id,subject');
      const id = (value as { id: string; subject?: string }[]).find(
        ({ subject: title }) => title === lunch.title,
      )?.id;
      await asColleague('POST', `/me/events/${id}/tentativelyAccept`, {});
    }
    const read = await provider.findEvent(call, externalId);
    expect(read?.answers).toEqual({ [colleague]: 'tentative' });
    // An answer is no change of the event.
    expect(emailsOf(read?.fields.attendees ?? [])).toEqual([colleague]);
  });

  test('answer an invitation once, however often they are asked to', async () => {
    const desk = await openDesk(subject);
    const { provider, call, newLinkId, sandbox } = desk;
    const colleague = subject.email.replace('anna', 'ben');
    const fields = { ...lunch, attendees: [guest(colleague), ada] };
    const { externalId } = await provider.createEvent(call, newLinkId(), fields, silently);
    const accessToken = sandbox.issueToken({ provider: subject.name, email: colleague });
    const calendars = await provider.listCalendars(accessToken);
    const calendarId = calendars.find(({ isPrimary }) => isPrimary)?.externalId ?? '';
    const theirs = { accessToken, calendarId };
    const now = Date.now();
    const window = { start: new Date(now - 9e9), end: new Date(now + 9e9) };
    const position = { syncToken: null, pageToken: null, window };
    const { changes } = await provider.listChanges(theirs, position);
    const copy = changes.flatMap((change) =>
      change.kind === 'event' && change.event.fields.title === lunch.title ? [change.event] : [],
    )[0];
    expect(copy).toMatchObject({ canEdit: false, ownAnswer: 'needs-action' });
    const id = copy?.externalId ?? '';
    const before = sandbox.mails.length;
    for (const answer of ['accepted', 'accepted', 'tentative'] as const) {
      await provider.answerInvitation(theirs, id, answer);
      expect((await provider.findEvent(theirs, id))?.ownAnswer).toBe(answer);
      expect((await provider.findEvent(call, externalId))?.answers).toEqual({
        [ada.email]: 'needs-action',
        [colleague]: answer,
      });
    }
    const told = sandbox.mails.slice(before).map(({ kind, to }) => `${kind} ${to}`);
    expect(told).toEqual([`response ${subject.email}`, `response ${subject.email}`]);
    // The organizer has nothing to answer.
    expect((await provider.findEvent(call, externalId))?.ownAnswer).toBeNull();
    await expect(provider.answerInvitation(call, externalId, 'accepted')).rejects.toMatchObject({
      kind: 'refused',
    });
  });
});

const withoutAnswer = (subject: Subject, email: string): Entry =>
  subject.name === 'google' ? { email } : { type: 'required' };

function missing(): never {
  throw new Error('it is not there');
}
