import { describe, expect } from 'vitest';
import {
  ada,
  bob,
  eventsPath,
  insideTest,
  lunch,
  newStage,
  type Body,
  type Stage,
} from './client.ts';

const PRIMARY = eventsPath('primary');
const MESSAGE = 'I am not there.';

const KINDS = ['outOfOffice', 'focusTime'] as const;

describe.for(KINDS)('an %s event', (eventType) => {
  const away = (autoDeclineMode: string, over: Body = {}): Body =>
    lunch({
      eventType,
      [`${eventType}Properties`]: { autoDeclineMode, declineMessage: MESSAGE },
      ...over,
    });
  const declined = { responseStatus: 'declined', comment: MESSAGE };

  insideTest('declines a new invitation that is in its way, with its message', async () => {
    for (const mode of [
      'declineAllConflictingInvitations',
      'declineOnlyNewConflictingInvitations',
    ]) {
      const stage = newStage();
      await stage.as(bob).get('events.insert', PRIMARY, { body: away(mode) });
      const id = await invite(stage);
      expect(await answersOf(stage, id), mode).toMatchObject([declined, declined]);
    }
  });

  insideTest('declines nothing with declineNone, nor what is at another time', async () => {
    const stage = newStage();
    await stage.as(bob).get('events.insert', PRIMARY, { body: away('declineNone') });
    const earlier = { dateTime: '2026-06-10T11:00:00+02:00', timeZone: 'Europe/Berlin' };
    const until = { dateTime: '2026-06-10T12:00:00+02:00', timeZone: 'Europe/Berlin' };
    const all = away('declineAllConflictingInvitations', { start: earlier, end: until });
    await stage.as(bob).get('events.insert', PRIMARY, { body: all });
    const open = { responseStatus: 'needsAction' };
    expect(await answersOf(stage, await invite(stage))).toMatchObject([open, open]);
  });

  insideTest.for([
    ['declineAllConflictingInvitations', 'declined'],
    ['declineOnlyNewConflictingInvitations', 'accepted'],
  ] as const)('that comes later: with %s what was accepted is %s', async ([mode, status]) => {
    const stage = newStage();
    const id = await invite(stage);
    const attendees = [{ email: bob.email, responseStatus: 'accepted' }];
    await stage.as(bob).get('events.patch', eventsPath('primary', id), { body: { attendees } });
    await stage.as(bob).get('events.insert', PRIMARY, { body: away(mode) });
    const responseStatus = status;
    expect(await answersOf(stage, id)).toMatchObject([{ responseStatus }, { responseStatus }]);
  });

  insideTest('counts as a series too, and for a meeting that is moved into it', async () => {
    const stage = newStage();
    const body = away('declineOnlyNewConflictingInvitations', {
      recurrence: ['RRULE:FREQ=WEEKLY;COUNT=5'],
    });
    await stage.as(bob).get('events.insert', PRIMARY, { body });
    const id = await invite(stage, '2026-06-16');
    expect(await answersOf(stage, id)).toMatchObject([{ responseStatus: 'needsAction' }, {}]);
    const path = eventsPath('primary', id);
    await stage.as(ada).get('events.patch', path, { body: timesOn('2026-06-17') });
    expect(await answersOf(stage, id)).toMatchObject([declined, declined]);
  });
});

const timesOn = (date: string): Body => ({
  start: { dateTime: `${date}T12:30:00+02:00`, timeZone: 'Europe/Berlin' },
  end: { dateTime: `${date}T13:30:00+02:00`, timeZone: 'Europe/Berlin' },
});

async function invite(stage: Stage, date = '2026-06-10'): Promise<string> {
  const body = lunch({ ...timesOn(date), attendees: [{ email: bob.email }] });
  return (await stage.as(ada).get('events.insert', PRIMARY, { body })).id;
}

/** Bob's answer on the organizer's copy and on his own. */
async function answersOf(stage: Stage, id: string): Promise<Body[]> {
  const path = eventsPath('primary', id);
  const copies = [
    await stage.as(ada).get('events.get', path),
    await stage.as(bob).get('events.get', path),
  ];
  return copies.map(({ attendees }) => attendees.find(({ email }: Body) => email === bob.email));
}
