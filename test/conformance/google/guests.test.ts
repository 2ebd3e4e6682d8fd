import { describe, expect, test } from 'vitest';
import {
  ada,
  bob,
  cleo,
  eventsPath,
  expectError,
  insideTest,
  listAll,
  lunch,
  newStage,
  type Body,
} from './client.ts';

const PRIMARY = eventsPath('primary');
const guests = [{ email: bob.email }, { email: 'zoe@elsewhere.test' }];

// Other people's calendars are only at hand inside the sandbox.
describe('copies', () => {
  insideTest(
    'guests have a copy with the same id and iCalUID on their primary calendar',
    async () => {
      const stage = newStage();
      const event = await stage
        .as(ada)
        .get('events.insert', PRIMARY, { body: lunch({ attendees: guests }) });
      const copy = await stage.as(bob).get('events.get', eventsPath('primary', event.id));
      expect(copy).toMatchObject({
        id: event.id,
        iCalUID: event.iCalUID,
        organizer: { email: ada.email },
        attendees: [{ email: bob.email, self: true, responseStatus: 'needsAction' }, {}],
        // Rendered in Bob's zone.
        start: { dateTime: '2026-06-10T06:00:00-04:00', timeZone: 'Europe/Berlin' },
      });
      expect(copy.organizer).not.toHaveProperty('self');
      expect(copy.htmlLink).not.toBe(event.htmlLink);
    },
  );

  insideTest('an answer reaches the organizer and the other guests', async () => {
    const stage = newStage();
    const attendees = [{ email: bob.email }, { email: cleo.email }];
    const { id } = await stage
      .as(ada)
      .get('events.insert', PRIMARY, { body: lunch({ attendees }) });
    const answer = [
      { email: bob.email, responseStatus: 'accepted', comment: 'Hungry' },
      { email: cleo.email, responseStatus: 'declined' },
    ];
    await stage
      .as(bob)
      .get('events.patch', eventsPath('primary', id), { body: { attendees: answer } });
    for (const account of [ada, bob, cleo]) {
      const event = await stage.as(account).get('events.get', eventsPath('primary', id));
      const seen = event.attendees.map((each: Body) => [each.responseStatus, each.comment]);
      // Nobody answers for somebody else.
      expect(seen).toEqual([
        ['accepted', 'Hungry'],
        ['needsAction', undefined],
      ]);
    }
  });

  insideTest('answers of meetings with more than 200 guests stay on the guest’s copy', async () => {
    for (const [count, answer] of [
      [199, 'accepted'],
      [200, 'needsAction'],
    ] as const) {
      const stage = newStage();
      const others = Array.from({ length: count }, (_, index) => ({ email: `g${index}@x.test` }));
      const body = lunch({ attendees: [{ email: bob.email }, ...others] });
      const { id } = await stage.as(ada).get('events.insert', PRIMARY, { body });
      const path = eventsPath('primary', id);
      const own = {
        attendees: [{ email: bob.email, responseStatus: 'accepted' }],
        attendeesOmitted: true,
      };
      const copy = await stage.as(bob).get('events.patch', path, { body: own });
      expect(copy.attendees[0].responseStatus).toBe('accepted');
      const original = await stage.as(ada).get('events.get', path);
      expect(original.attendees[0].responseStatus, String(count)).toBe(answer);
    }
  });

  insideTest('the source is seen by whoever made the event, and by nobody else', async () => {
    const stage = newStage();
    const source = { title: 'CRM', url: 'https://crm.test/7' };
    const body = lunch({ source, attendees: [{ email: bob.email }] });
    const event = await stage.as(ada).get('events.insert', PRIMARY, { body });
    expect(event.source).toEqual(source);
    const copy = await stage.as(bob).get('events.get', eventsPath('primary', event.id));
    expect(copy).not.toHaveProperty('source');
    const rule = { role: 'reader', scope: { type: 'user', value: bob.email } };
    await stage.as(ada).get('acl.insert', 'calendars/primary/acl', { body: rule });
    const seen = await stage.as(bob).get('events.get', eventsPath(ada.email, event.id));
    expect(seen).not.toHaveProperty('source');
  });

  insideTest('reminders are each person’s own', async () => {
    const stage = newStage();
    const reminders = { useDefault: false, overrides: [{ method: 'popup', minutes: 7 }] };
    const body = lunch({ reminders, attendees: [{ email: bob.email }] });
    const { id } = await stage.as(ada).get('events.insert', PRIMARY, { body });
    const path = eventsPath('primary', id);
    expect((await stage.as(bob).get('events.get', path)).reminders).toEqual({ useDefault: true });
    await stage.as(bob).get('events.patch', path, { body: { reminders: { useDefault: false } } });
    expect((await stage.as(ada).get('events.get', path)).reminders).toEqual(reminders);
  });

  insideTest('attendeesOmitted in a request touches only the own answer', async () => {
    const stage = newStage();
    const { id } = await stage
      .as(ada)
      .get('events.insert', PRIMARY, { body: lunch({ attendees: guests }) });
    const body = {
      attendeesOmitted: true,
      attendees: [{ email: bob.email, responseStatus: 'tentative' }],
    };
    await stage.as(bob).get('events.patch', eventsPath('primary', id), { body });
    const event = await stage.as(ada).get('events.get', eventsPath('primary', id));
    expect(event.attendees.map((each: Body) => each.responseStatus)).toEqual([
      'tentative',
      'needsAction',
    ]);
  });

  insideTest('an organizer’s change, an exception and a deletion reach the guests', async () => {
    const stage = newStage();
    const body = lunch({ attendees: guests, recurrence: ['RRULE:FREQ=DAILY;COUNT=3'] });
    const { id } = await stage.as(ada).get('events.insert', PRIMARY, { body });
    const { syncToken } = await listAll(stage.as(bob), 'primary');
    const slot = `${id}_20260611T100000Z`;
    await stage
      .as(ada)
      .get('events.patch', eventsPath('primary', slot), { body: { location: 'Roof' } });
    expect((await stage.as(bob).get('events.get', eventsPath('primary', slot))).location).toBe(
      'Roof',
    );
    await stage.as(ada).get('events.delete', eventsPath('primary', id));
    const { items } = await listAll(stage.as(bob), 'primary', { syncToken });
    expect(items.find((item) => item.id === id)?.status).toBe('cancelled');
  });

  insideTest('whoever is uninvited gets a tombstone', async () => {
    const stage = newStage();
    const { id } = await stage
      .as(ada)
      .get('events.insert', PRIMARY, { body: lunch({ attendees: guests }) });
    const attendees = [guests[1]];
    await stage.as(ada).get('events.patch', eventsPath('primary', id), { body: { attendees } });
    expect((await stage.as(bob).get('events.get', eventsPath('primary', id))).status).toBe(
      'cancelled',
    );
  });

  insideTest('a guest who deletes his copy has declined', async () => {
    const stage = newStage();
    const { id } = await stage
      .as(ada)
      .get('events.insert', PRIMARY, { body: lunch({ attendees: guests }) });
    await stage.as(bob).get('events.delete', eventsPath('primary', id));
    const event = await stage.as(ada).get('events.get', eventsPath('primary', id));
    expect([event.status, event.attendees[0].responseStatus]).toEqual(['confirmed', 'declined']);
    // A later change by the organizer does not bring it back.
    await stage.as(ada).get('events.patch', eventsPath('primary', id), { body: { summary: 'x' } });
    expect((await stage.as(bob).get('events.get', eventsPath('primary', id))).status).toBe(
      'cancelled',
    );
  });

  insideTest('shared properties reach all copies, private ones stay on theirs', async () => {
    const stage = newStage();
    const extendedProperties = { private: { mine: '1' }, shared: { ours: '1' } };
    const body = lunch({ attendees: guests, extendedProperties });
    const { id } = await stage.as(ada).get('events.insert', PRIMARY, { body });
    const path = eventsPath('primary', id);
    expect((await stage.as(bob).get('events.get', path)).extendedProperties).toEqual({
      shared: { ours: '1' },
    });
    const change = { extendedProperties: { shared: { ours: '2' }, private: { bobs: 'x' } } };
    await stage.as(bob).get('events.patch', path, { body: change });
    expect((await stage.as(ada).get('events.get', path)).extendedProperties).toEqual({
      private: { mine: '1' },
      shared: { ours: '2' },
    });
  });

  insideTest(
    'guestsCan… are the organizer’s: a PUT that leaves them out fails on a guest’s copy',
    async () => {
      const stage = newStage();
      const body = lunch({ attendees: guests, guestsCanInviteOthers: false });
      const { id } = await stage.as(ada).get('events.insert', PRIMARY, { body });
      const path = eventsPath('primary', id);
      const copy = await stage.as(bob).get('events.get', path);
      const { guestsCanInviteOthers: _left, ...without } = copy;
      const reply = await stage.as(bob).call('events.update', path, { body: without });
      expectError(reply, 403, 'forbiddenForNonOrganizer');
      await stage.as(bob).get('events.patch', path, { body: { colorId: '3' } });
    },
  );

  insideTest('with guestsCanModify a guest changes the meeting for all', async () => {
    const stage = newStage();
    const body = lunch({ attendees: guests, guestsCanModify: true });
    const { id } = await stage.as(ada).get('events.insert', PRIMARY, { body });
    const path = eventsPath('primary', id);
    await stage.as(bob).get('events.patch', path, { body: { summary: 'Brunch' } });
    expect((await stage.as(ada).get('events.get', path)).summary).toBe('Brunch');
  });

  insideTest('guests who may not see each other see only themselves', async () => {
    const stage = newStage();
    const body = lunch({ attendees: guests, guestsCanSeeOtherGuests: false });
    const { id } = await stage.as(ada).get('events.insert', PRIMARY, { body });
    const copy = await stage.as(bob).get('events.get', eventsPath('primary', id));
    expect(copy.attendees.map((each: Body) => each.email)).toEqual([bob.email]);
    expect(copy.attendeesOmitted).toBe(true);
  });
});

describe('mail', () => {
  insideTest('nobody is mailed unless asked for', async () => {
    const stage = newStage();
    const { id } = await stage
      .as(ada)
      .get('events.insert', PRIMARY, { body: lunch({ attendees: guests }) });
    await stage.as(ada).get('events.delete', eventsPath('primary', id));
    expect(stage.world.mails).toEqual([]);
  });

  insideTest(
    'sendUpdates=all mails every guest, externalOnly those without a Google account',
    async () => {
      const stage = newStage();
      const kinds = () => stage.world.mails.splice(0).map(({ kind, to }) => [kind, to]);
      const body = lunch({ attendees: guests });
      const all = { sendUpdates: 'all' };
      const { id } = await stage.as(ada).get('events.insert', PRIMARY, { body, query: all });
      expect(kinds()).toEqual([
        ['invitation', bob.email],
        ['invitation', 'zoe@elsewhere.test'],
      ]);
      const path = eventsPath('primary', id);
      const query = { sendUpdates: 'externalOnly' };
      await stage.as(ada).get('events.patch', path, { body: { summary: 'x' }, query });
      expect(kinds()).toEqual([['update', 'zoe@elsewhere.test']]);
      const answer = { attendees: [{ email: bob.email, responseStatus: 'accepted' }, guests[1]] };
      await stage.as(bob).get('events.patch', path, { body: answer, query: all });
      expect(kinds()).toEqual([['response', ada.email]]);
      await stage.as(ada).get('events.delete', path, { query: all });
      expect(kinds()).toEqual([
        ['cancellation', bob.email],
        ['cancellation', 'zoe@elsewhere.test'],
      ]);
    },
  );
});

describe('import', () => {
  insideTest('makes a private copy: no guest hears of it, the organizer is as given', async () => {
    const stage = newStage();
    const organizer = { email: 'boss@elsewhere.test', displayName: 'Boss' };
    const body = lunch({ iCalUID: 'x@elsewhere.test', attendees: guests, organizer });
    const path = `${PRIMARY}/import`;
    const event = await stage.as(ada).get('events.import', path, { body });
    expect(event).toMatchObject({ iCalUID: 'x@elsewhere.test', organizer });
    expect(event.id).toMatch(/^_/);
    expect((await listAll(stage.as(bob), 'primary')).items).toEqual([]);
    const again = await stage
      .as(ada)
      .get('events.import', path, { body: { ...body, summary: 'y' } });
    expect([again.id, again.summary]).toEqual([event.id, 'y']);
  });

  test('needs an iCalUID', async () => {
    const reply = await newStage()
      .as(ada)
      .call('events.import', `${PRIMARY}/import`, { body: lunch() });
    expectError(reply, 400, 'required');
  });
});

describe('attendees of one calendar', () => {
  insideTest('by switch, too many guests from outside are 403 quotaExceeded', async () => {
    const stage = newStage();
    stage.world.switches['google.externalGuestsMax'] = 0;
    const body = lunch({ attendees: guests });
    expectError(await stage.as(ada).call('events.insert', PRIMARY, { body }), 403, 'quotaExceeded');
    const inside = lunch({ attendees: [guests[0]] });
    await stage.as(ada).get('events.insert', PRIMARY, { body: inside });
  });

  test('a patch replaces the whole array', async () => {
    const client = newStage().as(ada);
    const { id } = await client.get('events.insert', PRIMARY, {
      body: lunch({ attendees: guests }),
    });
    const body = { attendees: [guests[1]] };
    const event = await client.get('events.patch', eventsPath('primary', id), { body });
    expect(event.attendees).toHaveLength(1);
  });

  insideTest('more guests than maxAttendees: only the own entry, attendeesOmitted', async () => {
    const client = newStage().as(ada);
    const attendees = [{ email: ada.email, responseStatus: 'accepted' }, ...guests];
    const { id } = await client.get('events.insert', PRIMARY, { body: lunch({ attendees }) });
    const query = { maxAttendees: 2 };
    const event = await client.get('events.get', eventsPath('primary', id), { query });
    expect(event.attendees).toEqual([
      { email: ada.email, organizer: true, self: true, responseStatus: 'accepted' },
    ]);
    expect(event.attendeesOmitted).toBe(true);
    const kept = await client.get('events.patch', eventsPath('primary', id), {
      body: { summary: 'x' },
      query,
    });
    expect(kept.attendeesOmitted).toBe(true);
    expect((await client.get('events.get', eventsPath('primary', id))).attendees).toHaveLength(3);
  });
});
