import { expect, test } from 'vitest';
import type { EventFields } from '../calendar/event.ts';
import { absorbLook, agreeOnAnswer } from './absorb.ts';
import { type LinkView, planLink } from './plan.ts';

const lunch: EventFields = {
  title: 'Lunch',
  description: '',
  location: 'Canteen',
  when: {
    kind: 'timed',
    start: '2026-11-24T12:00:00',
    end: '2026-11-24T13:00:00',
    timeZone: 'Europe/Berlin',
  },
  recurrence: null,
  visibility: 'default',
  showAs: 'busy',
  attendees: [],
};
const lateLunch: EventFields = { ...lunch, title: 'Late lunch' };

/** Both sides hold it and agree on it. */
function agreedOn(fields: EventFields): LinkView {
  return {
    local: fields,
    remote: fields,
    isRemoteGone: false,
    isStale: false,
    base: agreeOnAnswer(null, fields, fields),
    sent: null,
    origin: 'local',
    flow: { canRead: true, canWrite: true },
    hasTwin: false,
    hasOtherPart: false,
    isRevived: false,
    holds: {
      showAs: ['busy', 'free'],
      visibilities: ['default', 'public', 'private', 'confidential'],
      canHoldExdates: true,
    },
    carriesGuests: true,
  };
}

test('[S1] what both sides agree on needs nothing', () => {
  expect(planLink(agreedOn(lunch)).kind).toBe('nothing');
});

test('[S1] an event that was never written is created', () => {
  expect(planLink({ ...agreedOn(lunch), remote: null, base: null })).toEqual({
    kind: 'create',
    fields: lunch,
  });
});

test('[Q2] a create that a look has not found is sent again as it was, to nobody who is not invited', () => {
  const [ann, bob] = ['ann@a.example', 'bob@b.example'].map((email) => ({
    email,
    name: '',
    isOptional: false,
  }));
  if (!ann || !bob) throw new Error('no guests');
  const sent = { kind: 'create', fields: { ...lunch, attendees: [ann, bob] } } as const;
  const view = { ...agreedOn(lateLunch), remote: null, base: null };
  const missing = { ...view, sent: { ...sent, isMissing: true } };
  expect(planLink({ ...view, sent })).toEqual({ kind: 'look' });
  const local = { ...lateLunch, attendees: [ann] };
  const fields = { ...lunch, attendees: [ann] };
  expect(planLink({ ...missing, local })).toEqual({ kind: 'create', fields });
  expect(planLink({ ...missing, local: null })).toEqual({ kind: 'close' });
});

test('[S2] a unit changed here is written there, and no other', () => {
  expect(planLink({ ...agreedOn(lunch), local: lateLunch })).toMatchObject({
    kind: 'merge',
    toRemote: { title: 'Late lunch' },
    toLocal: {},
    conflicts: [],
  });
});

test('[S2] a unit changed there is taken over here, and no other', () => {
  expect(planLink({ ...agreedOn(lunch), remote: lateLunch })).toMatchObject({
    kind: 'merge',
    toLocal: { title: 'Late lunch' },
    toRemote: {},
    conflicts: [],
  });
});

test('[S2] different units changed on both sides both survive', () => {
  const moved = { ...lunch, location: 'Roof' };
  expect(planLink({ ...agreedOn(lunch), local: lateLunch, remote: moved })).toMatchObject({
    kind: 'merge',
    toRemote: { title: 'Late lunch' },
    toLocal: { location: 'Roof' },
    conflicts: [],
  });
});

test('[S3] a unit changed on both sides to the same is agreed', () => {
  const plan = planLink({ ...agreedOn(lunch), local: lateLunch, remote: lateLunch });
  expect(plan).toMatchObject({
    kind: 'nothing',
    base: { title: { local: 'Late lunch', remote: 'Late lunch' } },
  });
});

test('[S3] a unit changed on both sides differently goes to where the event was made, and the loser is kept', () => {
  const other = { ...lunch, title: 'Early lunch' };
  const view = { ...agreedOn(lunch), local: lateLunch, remote: other };
  expect(planLink(view)).toMatchObject({
    kind: 'merge',
    toRemote: { title: 'Late lunch' },
    conflicts: [{ unit: 'title', winner: 'local', lost: 'Early lunch' }],
  });
  expect(planLink({ ...view, origin: 'remote' })).toMatchObject({
    kind: 'merge',
    toLocal: { title: 'Early lunch' },
    toRemote: {},
    conflicts: [{ unit: 'title', winner: 'remote', lost: 'Late lunch' }],
  });
});

test('[S4] a value that the provider cannot hold is not read back as its change', () => {
  const tentative: EventFields = { ...lunch, showAs: 'tentative' };
  const view = { ...agreedOn(tentative), remote: lunch };
  const base = agreeOnAnswer(null, tentative, lunch);
  expect(planLink({ ...view, base }).kind).toBe('nothing');
  // Nor when the base was lost: narrowing our own value gives what is there.
  expect(planLink({ ...view, base: null }).kind).toBe('nothing');
});

test('[S5] a write of unknown outcome is looked at before anything else', () => {
  const view = agreedOn(lunch);
  expect(planLink({ ...view, sent: { kind: 'delete' }, local: null })).toEqual({ kind: 'look' });
  expect(planLink({ ...view, isStale: true, local: lateLunch })).toEqual({ kind: 'look' });
});

test('[S5] a zone that comes back under another name of the same hours is our echo', () => {
  const sent: EventFields = {
    ...lunch,
    when: { ...lunch.when, timeZone: 'Europe/Vienna' } as EventFields['when'],
  };
  const { holds } = agreedOn(lunch);
  const base = absorbLook(null, { kind: 'create', fields: sent }, lunch, holds);
  const plan = planLink({ ...agreedOn(lunch), local: sent, base });
  expect(plan.kind).toBe('nothing');
});

test('[S5] [O6] a rule of unknown outcome that was cut short there had arrived', () => {
  const recur = (rule: string): EventFields => ({
    ...lunch,
    recurrence: { rules: [rule], rdates: [], exdates: [], exrules: [] },
  });
  const [weekly, monthly] = [recur('FREQ=WEEKLY'), recur('FREQ=MONTHLY;COUNT=9')];
  const view = { ...agreedOn(weekly), local: monthly };
  const sent = { kind: 'update', fields: { recurrence: monthly.recurrence } } as const;
  const look = (remote: EventFields) =>
    planLink({ ...view, remote, base: absorbLook(view.base, sent, remote, view.holds) });
  const cut = recur('FREQ=MONTHLY;UNTIL=20270101T000000Z');
  expect(look(cut)).toMatchObject({ toLocal: { recurrence: cut.recurrence }, conflicts: [] });
  const other = recur('FREQ=WEEKLY;UNTIL=20270101T000000Z');
  expect(look(other)).toMatchObject({ toRemote: { recurrence: monthly.recurrence } });
});

test('[D1] deleted here, untouched there: deleted there', () => {
  expect(planLink({ ...agreedOn(lunch), local: null })).toEqual({ kind: 'delete' });
});

test('[D2] untouched here, deleted there: cancelled here, never made again', () => {
  const view = { ...agreedOn(lunch), remote: null, isRemoteGone: true };
  expect(planLink(view)).toEqual({ kind: 'cancel' });
});

test('[D3] deleted on both sides: the link is closed', () => {
  const view = { ...agreedOn(lunch), local: null, remote: null, isRemoteGone: true };
  expect(planLink(view)).toEqual({ kind: 'close' });
});

test('[D3] deleted here before it was ever written: the link is closed without a call', () => {
  expect(planLink({ ...agreedOn(lunch), local: null, remote: null, base: null })).toEqual({
    kind: 'close',
  });
});

test('[D4] deleted here, edited there: it comes back, and a person is asked', () => {
  expect(planLink({ ...agreedOn(lunch), local: null, remote: lateLunch })).toEqual({
    kind: 'revive',
    fields: lateLunch,
  });
});

test('[D5] edited here, deleted there: it stays here, and a person is asked', () => {
  const view = { ...agreedOn(lunch), local: lateLunch, remote: null, isRemoteGone: true };
  expect(planLink(view)).toEqual({ kind: 'detach' });
});

test('[D2] [O2] changed here only along with its series, deleted there: it is cancelled', () => {
  const { base, ...view } = agreedOn(lunch);
  const along = {
    ...base,
    title: { local: lunch.title, remote: lunch.title, along: 'Late lunch' },
  };
  const gone = { ...view, base: along, remote: null, isRemoteGone: true };
  const renamed = (title: string) => planLink({ ...gone, local: { ...lunch, title } });
  expect(renamed('Late lunch')).toEqual({ kind: 'cancel' });
  expect(renamed('Early lunch')).toEqual({ kind: 'detach' });
});

const onlyIn = { canRead: true, canWrite: false };
const onlyOut = { canRead: false, canWrite: true };
const watched = { canRead: false, canWrite: false };

test('[S6] where nothing is written, an edit here stays here and is no reason to ask', () => {
  const view = { ...agreedOn(lunch), local: lateLunch, flow: onlyIn };
  expect(planLink(view)).toMatchObject({ kind: 'nothing' });
  expect(planLink({ ...view, remote: null, base: null })).toEqual({ kind: 'close' });
  // Both changed: the side that cannot be written cannot lose.
  const other = { ...lunch, title: 'Early lunch' };
  expect(planLink({ ...view, remote: other })).toMatchObject({
    toLocal: { title: 'Early lunch' },
    toRemote: {},
    conflicts: [{ winner: 'remote', lost: 'Late lunch' }],
  });
});

test('[S6] where nothing is read, a change there stays there until it is changed here', () => {
  const view = { ...agreedOn(lunch), remote: lateLunch, flow: onlyOut };
  expect(planLink(view)).toMatchObject({ kind: 'nothing' });
  const moved = { ...lunch, location: 'Roof' };
  expect(planLink({ ...view, local: moved })).toMatchObject({
    toLocal: {},
    toRemote: { location: 'Roof' },
  });
});

test('[S6] where nothing is read, what was deleted there leaves the event alone', () => {
  const view = { ...agreedOn(lunch), remote: null, isRemoteGone: true, flow: onlyOut };
  expect(planLink(view)).toEqual({ kind: 'close' });
});

test('[S6] where nothing is written, what was deleted here is left there', () => {
  const view = { ...agreedOn(lunch), local: null, flow: onlyIn };
  expect(planLink(view)).toEqual({ kind: 'close' });
});

test('[S6] a guest’s copy that is only watched changes nothing on either side', () => {
  const view = { ...agreedOn(lunch), local: lateLunch, remote: { ...lunch, location: 'Roof' } };
  expect(planLink({ ...view, flow: watched })).toMatchObject({ kind: 'nothing' });
});

test('[D7] one copy of a meeting ends; the meeting goes on while another shows it', () => {
  const gone = { ...agreedOn(lunch), remote: null, isRemoteGone: true, hasTwin: true };
  expect(planLink(gone)).toEqual({ kind: 'close' });
  expect(planLink({ ...gone, hasTwin: false })).toEqual({ kind: 'cancel' });
});

test('[D8] deleted here, and back there after it had gone: it comes back, and a person is asked', () => {
  expect(planLink({ ...agreedOn(lunch), local: null, base: null })).toEqual({
    kind: 'revive',
    fields: lunch,
  });
});
