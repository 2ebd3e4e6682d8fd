import { expect } from 'vitest';
import {
  clientOf,
  createOk,
  createTestWorld,
  eventPath,
  insideTest,
  newEvent,
  newSeries,
  springWindow,
  type Body,
  type Client,
} from './client.ts';
import { adele, alex, pat, type TestWorld } from './world.ts';

const invited = (...addresses: string[]) => ({
  attendees: addresses.map((address) => ({ type: 'Required', emailAddress: { address } })),
});
const stranger = 'lena@customer.test';

function setUp() {
  const it = createTestWorld();
  return { it, organizer: clientOf(it), attendee: clientOf(it, adele) };
}

const mailsOf = ({ mails }: TestWorld) => mails.map(({ kind, to }) => `${kind} ${to}`);
const onlyEvent = async (client: Client): Promise<Body> =>
  (await client.get('/v1.0/me/events')).body.value[0];

insideTest('attendees are invited at once and get a copy with the same iCalUId', async () => {
  const { it, organizer, attendee } = setUp();
  const event = await createOk(organizer, newEvent(invited(adele.email, stranger)));
  expect(mailsOf(it)).toEqual([`invitation ${adele.email}`, `invitation ${stranger}`]);
  expect(event).toMatchObject({ isOrganizer: true, responseStatus: { response: 'organizer' } });
  expect(event.attendees[0]).toMatchObject({
    type: 'required',
    status: { response: 'none', time: '0001-01-01T00:00:00Z' },
  });
  const copy = await onlyEvent(attendee);
  expect(copy).toMatchObject({
    iCalUId: event.iCalUId,
    isOrganizer: false,
    organizer: { emailAddress: { address: alex.email } },
    responseStatus: { response: 'notResponded' },
    showAs: 'tentative',
  });
  expect(copy.id).not.toBe(event.id);
});

insideTest('an event without attendees mails nobody', async () => {
  const { it, organizer } = setUp();
  const event = await createOk(organizer, newEvent());
  await organizer.patch(eventPath(event), { subject: 'x' });
  await organizer.delete(eventPath(event));
  expect(it.mails).toEqual([]);
});

insideTest('a change mails everybody, a change of attendees only those it concerns', async () => {
  const { it, organizer } = setUp();
  const event = await createOk(organizer, newEvent(invited(adele.email, stranger)));
  it.mails.length = 0;
  await organizer.patch(eventPath(event), { subject: 'x' });
  expect(mailsOf(it)).toEqual([`update ${adele.email}`, `update ${stranger}`]);
  it.mails.length = 0;
  await organizer.patch(eventPath(event), invited(adele.email, pat.email));
  expect(mailsOf(it)).toEqual([`invitation ${pat.email}`, `cancellation ${stranger}`]);
});

insideTest('what is the organiser’s own mails nobody', async () => {
  const { it, organizer } = setUp();
  const event = await createOk(organizer, newEvent(invited(stranger)));
  it.mails.length = 0;
  await organizer.patch(eventPath(event), {
    categories: ['Red'],
    reminderMinutesBeforeStart: 5,
    singleValueExtendedProperties: [
      { id: 'String {66f5a359-4659-4830-9070-00040ec6ac6e} Name Link', value: '1' },
    ],
  });
  expect(it.mails).toEqual([]);
});

insideTest('a series sends one more update for each edited occurrence', async () => {
  const { it, organizer } = setUp();
  const master = await createOk(organizer, newSeries(invited(stranger)));
  const [, second] = await organizer.list(`${eventPath(master)}/instances?${springWindow}`);
  await organizer.patch(eventPath(second), { subject: 'Own' });
  it.mails.length = 0;
  await organizer.patch(eventPath(master), { importance: 'high' });
  expect(mailsOf(it)).toEqual([`update ${stranger}`, `update ${stranger}`]);
});

insideTest('deleting or cancelling a meeting cancels it for its attendees', async () => {
  for (const how of ['delete', 'cancel']) {
    const { it, organizer, attendee } = setUp();
    const event = await createOk(organizer, newEvent(invited(adele.email)));
    it.mails.length = 0;
    if (how === 'delete') await organizer.delete(eventPath(event));
    else await organizer.post(`${eventPath(event)}/cancel`, { Comment: 'Sorry' });
    expect(mailsOf(it)).toEqual([`cancellation ${adele.email}`]);
    expect((await organizer.get(eventPath(event))).status).toBe(404);
    expect(await onlyEvent(attendee)).toMatchObject({
      isCancelled: true,
      subject: 'Canceled: Lunch with Lena',
    });
  }
});

insideTest('only the organiser cancels', async () => {
  const { organizer, attendee } = setUp();
  await createOk(organizer, newEvent(invited(adele.email)));
  const { status, body } = await attendee.post(`${eventPath(await onlyEvent(attendee))}/cancel`);
  expect([status, body.error.message]).toEqual([
    400,
    "Your request can't be completed. You need to be an organizer to cancel a meeting.",
  ]);
});

insideTest('an answer is kept on the copy and told to the organiser', async () => {
  for (const [action, response] of [
    ['accept', 'accepted'],
    ['tentativelyAccept', 'tentativelyAccepted'],
  ]) {
    const { it, organizer, attendee } = setUp();
    const event = await createOk(organizer, newEvent(invited(adele.email)));
    it.mails.length = 0;
    const copy = await onlyEvent(attendee);
    const answer = await attendee.post(`${eventPath(copy)}/${action}`, { comment: 'ok' });
    expect([answer.status, answer.body]).toEqual([202, undefined]);
    expect((await onlyEvent(attendee)).responseStatus.response).toBe(response);
    const { body } = await organizer.get(eventPath(event));
    expect(body.attendees[0].status.response).toBe(response);
    expect(body['@odata.etag']).not.toBe(event['@odata.etag']);
    expect(mailsOf(it)).toEqual([`response ${alex.email}`]);
  }
});

insideTest('a declined meeting goes to Deleted Items', async () => {
  const { organizer, attendee } = setUp();
  const event = await createOk(organizer, newEvent(invited(adele.email)));
  const copy = await onlyEvent(attendee);
  expect((await attendee.post(`${eventPath(copy)}/decline`)).status).toBe(202);
  expect((await attendee.get(eventPath(copy))).status).toBe(404);
  const { body } = await organizer.get(eventPath(event));
  expect(body.attendees[0].status.response).toBe('declined');
});

insideTest('an answer may be kept to oneself, but a proposal may not', async () => {
  const { it, organizer, attendee } = setUp();
  const event = await createOk(organizer, newEvent(invited(adele.email)));
  it.mails.length = 0;
  const path = eventPath(await onlyEvent(attendee));
  const proposedNewTime = {
    Start: { DateTime: '2026-03-11T12:00:00', TimeZone: 'Europe/Berlin' },
    End: { DateTime: '2026-03-11T13:00:00', TimeZone: 'Europe/Berlin' },
  };
  const silent = await attendee.post(`${path}/tentativelyAccept`, {
    sendResponse: false,
    proposedNewTime,
  });
  expect([silent.status, silent.body.error.code]).toEqual([400, 'ErrorInvalidParameter']);
  expect((await attendee.post(`${path}/accept`, { sendResponse: false })).status).toBe(202);
  expect(it.mails).toEqual([]);
  await attendee.post(`${path}/tentativelyAccept`, { sendResponse: 'true', proposedNewTime });
  const { body } = await organizer.get(eventPath(event));
  expect(body.attendees[0].proposedNewTime.start.dateTime).toBe('2026-03-11T12:00:00');
  await organizer.patch(eventPath(event), { allowNewTimeProposals: false });
  const refused = await attendee.post(`${path}/decline`, { proposedNewTime });
  expect(refused.status).toBe(400);
});

insideTest('one’s own meeting cannot be answered', async () => {
  const { organizer } = setUp();
  const event = await createOk(organizer, newEvent(invited(stranger)));
  const { status, body } = await organizer.post(`${eventPath(event)}/accept`);
  expect([status, body.error.code]).toEqual([400, 'ErrorInvalidRequest']);
});

insideTest(
  'an attendee’s PATCH changes the own copy until the organiser’s next update',
  async () => {
    const { it, organizer, attendee } = setUp();
    const event = await createOk(organizer, newEvent(invited(adele.email)));
    it.mails.length = 0;
    const path = eventPath(await onlyEvent(attendee));
    const patched = await attendee.patch(path, { subject: 'Mine', categories: ['Blue'] });
    expect([patched.status, patched.body.subject]).toEqual([200, 'Mine']);
    expect((await organizer.get(eventPath(event))).body.subject).toBe('Lunch with Lena');
    expect(it.mails).toEqual([]);
    await organizer.patch(eventPath(event), { importance: 'high' });
    expect((await attendee.get(path)).body).toMatchObject({
      subject: 'Lunch with Lena',
      importance: 'high',
      categories: ['Blue'],
    });
  },
);

insideTest('a new time asks for new answers', async () => {
  const { organizer, attendee } = setUp();
  const event = await createOk(organizer, newEvent(invited(adele.email)));
  const path = eventPath(await onlyEvent(attendee));
  await attendee.post(`${path}/accept`);
  await organizer.patch(eventPath(event), {
    end: { dateTime: '2026-03-10T14:00:00', timeZone: 'Europe/Berlin' },
  });
  expect((await attendee.get(path)).body.responseStatus.response).toBe('notResponded');
});

insideTest('one occurrence of a series can be answered and cancelled on its own', async () => {
  const { organizer, attendee } = setUp();
  const master = await createOk(organizer, newSeries(invited(adele.email)));
  const copy = await onlyEvent(attendee);
  const view = async () => attendee.list(`/v1.0/me/calendarView?${springWindow}`);
  const [first, second] = await view();
  expect(first.seriesMasterId).toBe(copy.id);
  await attendee.post(`${eventPath(second)}/accept`);
  expect((await view()).map(({ responseStatus }) => responseStatus.response as string)).toEqual([
    'notResponded',
    'accepted',
    ...Array.from({ length: 4 }, () => 'notResponded'),
  ]);
  const instances = await organizer.list(`/v1.0/me/calendarView?${springWindow}`);
  expect(instances[1].attendees[0].status.response).toBe('accepted');
  await organizer.delete(eventPath(instances[0]));
  expect(await view()).toHaveLength(5);
  expect((await organizer.get(eventPath(master))).body.attendees[0].status.response).toBe('none');
});

insideTest('a forwarded meeting reaches its recipients and is told to the organiser', async () => {
  const { it, organizer, attendee } = setUp();
  const event = await createOk(organizer, newEvent(invited(adele.email)));
  it.mails.length = 0;
  const path = eventPath(await onlyEvent(attendee));
  const ToRecipients = [{ emailAddress: { address: pat.email, name: 'Pat' } }];
  const answer = await attendee.post(`${path}/forward`, { ToRecipients, Comment: 'Join us' });
  expect([answer.status, mailsOf(it)]).toEqual([
    202,
    [`forward ${pat.email}`, `forward ${alex.email}`],
  ]);
  expect((await onlyEvent(clientOf(it, pat))).iCalUId).toBe(event.iCalUId);
});

insideTest('a personal mailbox forwards without telling the organiser', async () => {
  const it = createTestWorld();
  await createOk(clientOf(it), newEvent(invited(pat.email)));
  it.mails.length = 0;
  const guest = clientOf(it, pat);
  const ToRecipients = [{ emailAddress: { address: stranger } }];
  await guest.post(`${eventPath(await onlyEvent(guest))}/forward`, { ToRecipients });
  expect(mailsOf(it)).toEqual([`forward ${stranger}`]);
});

insideTest('more than 500 attendees are refused', async () => {
  const { organizer } = setUp();
  const many = Array.from({ length: 501 }, (_, i) => `p${i}@customer.test`);
  expect((await organizer.post('/v1.0/me/events', newEvent(invited(...many)))).status).toBe(400);
});

insideTest('answers of attendees survive a PATCH that sends the list again', async () => {
  const { organizer, attendee } = setUp();
  const event = await createOk(organizer, newEvent(invited(adele.email)));
  await attendee.post(`${eventPath(await onlyEvent(attendee))}/accept`);
  const { body } = await organizer.patch(eventPath(event), invited(adele.email, stranger));
  expect(body.attendees.map(({ status }: Body) => status.response)).toEqual(['accepted', 'none']);
});

insideTest('hidden attendees are hidden from each other, not from the organiser', async () => {
  const { organizer, attendee } = setUp();
  const event = await createOk(
    organizer,
    newEvent({ ...invited(adele.email, stranger), hideAttendees: true }),
  );
  expect(event.attendees).toHaveLength(2);
  expect((await onlyEvent(attendee)).attendees).toEqual([]);
});

insideTest('reminders are snoozed and dismissed with 200 and no body', async () => {
  const { organizer } = setUp();
  const event = await createOk(organizer, newEvent());
  const newReminderTime = { dateTime: '2026-03-10T11:55:00', timeZone: 'UTC' };
  const snoozed = await organizer.post(`${eventPath(event)}/snoozeReminder`, { newReminderTime });
  const dismissed = await organizer.post(`${eventPath(event)}/dismissReminder`);
  expect([snoozed.status, snoozed.body, dismissed.status]).toEqual([200, undefined, 200]);
});
