import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  type Attendee,
  type EventFields,
  mergeUnits,
  showAsValues,
  sortAttendees,
  unitsWithoutGuests,
  visibilities,
} from '../calendar/event.ts';
import { absorbLook, agreeOnAnswer } from './absorb.ts';
import { toHeldForm } from './hold.ts';
import { mergeFields } from './merge.ts';
import { planLink } from './plan.ts';
import { isSame } from './same.ts';

/** Few values, so that units often collide. */
const text = fc.constantFrom('', 'a', 'b', 'a ', 'ä\n');
const when: fc.Arbitrary<EventFields['when']> = fc.oneof(
  fc.record({
    kind: fc.constant('timed' as const),
    start: fc.constantFrom('2026-03-29T02:30:00', '2026-11-24T09:00:00'),
    end: fc.constantFrom('2026-11-24T10:00:00', '2026-11-24T11:00:00'),
    timeZone: fc.constantFrom('Europe/Berlin', 'UTC'),
  }),
  fc.record({
    kind: fc.constant('all-day' as const),
    startDate: fc.constantFrom('2026-11-24', '2026-11-25'),
    endDate: fc.constantFrom('2026-11-26', '2026-11-27'),
  }),
);
const attendees: fc.Arbitrary<readonly Attendee[]> = fc
  .array(
    fc.record({
      email: fc.constantFrom('a@x.example', 'b@x.example', 'c@x.example', 'd@x.example'),
      name: fc.constantFrom('', 'Ada'),
      isOptional: fc.boolean(),
    }),
    { maxLength: 4 },
  )
  .map(sortAttendees);
const fields: fc.Arbitrary<EventFields> = fc.record({
  title: text,
  description: text,
  location: text,
  when,
  recurrence: fc.constant(null),
  visibility: fc.constantFrom(...visibilities),
  showAs: fc.constantFrom(...showAsValues),
  attendees,
});
const carriesGuests = true;
const holds = fc.record({
  showAs: fc.constantFrom(['busy', 'free'] as const, showAsValues),
  visibilities: fc.constantFrom(['default', 'private'] as const, visibilities),
  canHoldExdates: fc.boolean(),
});
const origin = fc.constantFrom('local' as const, 'remote' as const);
const flow = { canRead: true, canWrite: true };
const anyFlow = fc.record({ canRead: fc.boolean(), canWrite: fc.boolean() });

test('[S2] 200 000 random merges: applied to both sides they agree, and nothing is left to do', () => {
  fc.assert(
    fc.property(fields, fields, fields, holds, origin, (old, local, there, can, from) => {
      const remote = toHeldForm(there, can);
      const base = agreeOnAnswer(null, old, toHeldForm(old, can));
      const merge = mergeFields({
        local,
        remote,
        base,
        origin: from,
        flow,
        holds: can,
        carriesGuests,
      });
      const newLocal = { ...local, ...merge.toLocal };
      const newRemote = { ...remote, ...toHeldForm(merge.toRemote, can) };
      const newBase = agreeOnAnswer(merge.base, merge.toRemote, newRemote);
      const again = mergeFields({
        local: newLocal,
        remote: newRemote,
        base: newBase,
        origin: from,
        flow,
        holds: can,
        carriesGuests,
      });
      expect(again.toLocal).toEqual({});
      expect(again.toRemote).toEqual({});
      expect(again.conflicts).toEqual([]);
      const held = toHeldForm(newLocal, can);
      for (const unit of mergeUnits) {
        // Either the same, or the remote's own value that no local one was ever put against.
        if (!isSame(held[unit], newRemote[unit])) {
          expect(isSame(old[unit], newLocal[unit])).toBe(true);
          expect(isSame(toHeldForm(old, can)[unit], newRemote[unit])).toBe(true);
        }
      }
    }),
    { numRuns: 200_000 },
  );
}, 120_000);

test('[S3] no edit is lost: each changed unit survives on both sides or as the loser of a conflict', () => {
  fc.assert(
    fc.property(fields, fields, fields, holds, origin, (old, local, there, can, from) => {
      const remote = toHeldForm(there, can);
      const base = agreeOnAnswer(null, old, toHeldForm(old, can));
      const merge = mergeFields({
        local,
        remote,
        base,
        origin: from,
        flow,
        holds: can,
        carriesGuests,
      });
      // Guests merge by address: see below.
      for (const unit of unitsWithoutGuests) {
        const lost = merge.conflicts.find((conflict) => conflict.unit === unit);
        const end = { ...local, ...merge.toLocal }[unit];
        if (!isSame(local[unit], old[unit]) && !isSame(end, local[unit])) {
          expect(lost?.lost).toEqual(local[unit]);
        }
      }
    }),
    { numRuns: 20_000 },
  );
}, 60_000);

test('[S5] our own write, found again after its answer was lost, leaves nothing to do', () => {
  fc.assert(
    fc.property(fields, holds, (sentFields, can) => {
      const remote = toHeldForm(sentFields, can);
      const trimmed = {
        ...remote,
        title: remote.title.trim(),
        description: ` ${remote.description}`,
      };
      for (const seen of [remote, trimmed]) {
        const base = absorbLook(null, { kind: 'create', fields: sentFields }, seen, can);
        const plan = planLink({
          local: sentFields,
          remote: seen,
          isRemoteGone: false,
          isStale: false,
          base,
          sent: null,
          origin: 'local',
          flow,
          hasTwin: false,
          hasOtherPart: false,
          isRevived: false,
          holds: can,
          carriesGuests,
        });
        expect(plan.kind).toBe('nothing');
      }
    }),
    { numRuns: 5_000 },
  );
});

/** As Graph gives back what is written there as the second. */
const inOtherWords = {
  rules: ['FREQ=MONTHLY;BYMONTHDAY=9;UNTIL=20270409'],
  exrules: [],
  rdates: [],
  exdates: [],
};
const monthly = { ...inOtherWords, rules: ['FREQ=MONTHLY;UNTIL=20270508'] };
const onNinth = { kind: 'all-day', startDate: '2027-03-09', endDate: '2027-03-10' } as const;

test('[S5] [Z5] a rule of ours that comes back in other words after a lost answer is our own', () => {
  fc.assert(
    fc.property(fields, holds, (drawn, can) => {
      const sent = { ...drawn, when: onNinth, recurrence: monthly };
      const seen = { ...toHeldForm(sent, can), recurrence: inOtherWords };
      const looked = absorbLook(null, { kind: 'update', fields: sent }, seen, can);
      expect(looked?.recurrence).toEqual({ local: monthly, remote: inOtherWords });
    }),
    { numRuns: 100 },
  );
});

test('[S3] [Z5] the same rule set on both sides in other words is agreed', () => {
  fc.assert(
    fc.property(fields, holds, (drawn, can) => {
      const local = { ...drawn, when: onNinth, recurrence: monthly };
      const remote = { ...toHeldForm(local, can), recurrence: inOtherWords };
      const old = { local: null, remote: null };
      const base = { ...agreeOnAnswer(null, local, remote), recurrence: old };
      const both = { local, remote, base, flow, carriesGuests };
      const merge = mergeFields({ ...both, origin: 'local', holds: can });
      expect([merge.conflicts, merge.toLocal, merge.toRemote]).toEqual([[], {}, {}]);
    }),
    { numRuns: 100 },
  );
});

test('[S5] a write that never arrived is written again after the look', () => {
  fc.assert(
    fc.property(fields, fields, holds, (old, local, can) => {
      const remote = toHeldForm(old, can);
      const base = agreeOnAnswer(null, old, remote);
      const looked = absorbLook(base, { kind: 'update', fields: local }, remote, can);
      const merge = mergeFields({
        local,
        remote,
        base: looked ?? {},
        origin: 'local',
        flow,
        holds: can,
        carriesGuests,
      });
      const after = toHeldForm({ ...old, ...merge.toRemote }, can);
      for (const unit of mergeUnits) {
        const isWhitespaceOnly =
          typeof after[unit] === 'string' &&
          String(after[unit]).trim() === String(local[unit]).trim();
        const expected = toHeldForm(local, can)[unit];
        if (!isWhitespaceOnly) expect(isSame(after[unit], expected)).toBe(true);
      }
      expect(merge.conflicts).toEqual([]);
    }),
    { numRuns: 5_000 },
  );
});

test('[S6] whichever way changes may go, a side that is not to change does not, and it comes to rest', () => {
  fc.assert(
    fc.property(
      fields,
      fields,
      fields,
      fc.tuple(holds, anyFlow, origin),
      (old, local, there, [can, may, from]) => {
        const remote = toHeldForm(there, can);
        const base = agreeOnAnswer(null, old, toHeldForm(old, can));
        const rules = { origin: from, flow: may, holds: can, carriesGuests };
        const merge = mergeFields({ local, remote, base, ...rules });
        if (!may.canRead) expect(merge.toLocal).toEqual({});
        if (!may.canWrite) expect(merge.toRemote).toEqual({});
        const newLocal = { ...local, ...merge.toLocal };
        const newRemote = { ...remote, ...toHeldForm(merge.toRemote, can) };
        const newBase = agreeOnAnswer(merge.base, merge.toRemote, newRemote);
        const again = mergeFields({ local: newLocal, remote: newRemote, base: newBase, ...rules });
        expect([again.toLocal, again.toRemote, again.conflicts]).toEqual([{}, {}, []]);
      },
    ),
    { numRuns: 20_000 },
  );
}, 60_000);

test('[S6] once changes go both ways again, each side’s since the two parted are merged, and none is lost', () => {
  fc.assert(
    fc.property(
      fields,
      fc.tuple(fields, fields, fields),
      fields,
      fc.tuple(holds, anyFlow, origin),
      (old, [first, second, third], there, [can, may, from]) => {
        const rules = { origin: from, holds: can, carriesGuests };
        const base = agreeOnAnswer(null, old, toHeldForm(old, can));
        let [local, remote, since] = [first, toHeldForm(there, can), base];
        // It is looked at more than once meanwhile.
        for (const next of [second, third]) {
          const merge = mergeFields({ local, remote, base: since, ...rules, flow: may });
          remote = { ...remote, ...toHeldForm(merge.toRemote, can) };
          since = agreeOnAnswer(merge.base, merge.toRemote, remote);
          local = { ...next, ...merge.toLocal };
        }
        const merged = mergeFields({ local, remote, base: since, ...rules, flow });
        const newLocal = { ...local, ...merged.toLocal };
        const newRemote = { ...remote, ...toHeldForm(merged.toRemote, can) };
        const held = toHeldForm(newLocal, can);
        expect(mergeUnits.filter((unit) => !isSame(held[unit], newRemote[unit]))).toEqual([]);
      },
    ),
    { numRuns: 20_000 },
  );
}, 60_000);

const guestsOf = (list: readonly Attendee[]) =>
  new Map(list.map(({ email, isOptional }) => [email, isOptional]));

test('[G1] guests merge by address: whoever was added or removed on either side stays so on both', () => {
  fc.assert(
    fc.property(fields, attendees, attendees, origin, holds, (old, here, there, from, can) => {
      const base = agreeOnAnswer(null, old, toHeldForm(old, can));
      const rules = { origin: from, flow, holds: can, carriesGuests };
      const local = { ...old, attendees: here };
      const remote = { ...toHeldForm(old, can), attendees: there };
      const { toLocal, toRemote, conflicts } = mergeFields({ local, remote, base, ...rules });
      const [l, r, b] = [here, there, old.attendees].map(guestsOf) as [
        Map<string, boolean>,
        Map<string, boolean>,
        Map<string, boolean>,
      ];
      const expected = new Map<string, boolean>();
      let isDisputed = false;
      for (const email of new Set([...l.keys(), ...r.keys()])) {
        const [ours, theirs, before] = [l.get(email), r.get(email), b.get(email)];
        const isBoth = ours !== before && theirs !== before && ours !== theirs;
        if (isBoth) isDisputed = true;
        const end = isBoth ? (from === 'local' ? ours : theirs) : ours !== before ? ours : theirs;
        if (end !== undefined) expected.set(email, end);
      }
      expect(guestsOf({ ...local, ...toLocal }.attendees)).toEqual(expected);
      expect(guestsOf({ ...remote, ...toRemote }.attendees)).toEqual(expected);
      expect(conflicts.map(({ unit }) => unit)).toEqual(isDisputed ? ['attendees'] : []);
    }),
    { numRuns: 50_000 },
  );
}, 60_000);

test('[G1] a crash between taking over what came and writing what is left loses no guest and asks nothing twice', () => {
  fc.assert(
    fc.property(fields, attendees, attendees, origin, holds, (old, here, there, from, can) => {
      const rules = { origin: from, flow, holds: can, carriesGuests };
      const local = { ...old, attendees: here };
      const remote = { ...toHeldForm(old, can), attendees: there };
      const base = agreeOnAnswer(null, old, toHeldForm(old, can));
      const first = mergeFields({ local, remote, base, ...rules });
      const taken = { ...local, ...first.toLocal };
      // Stored with what was taken over; the write never left.
      const again = mergeFields({ local: taken, remote, base: first.base, ...rules });
      expect(again.toLocal).toEqual({});
      expect(again.conflicts).toEqual([]);
      expect(again.toRemote).toEqual(first.toRemote);
      // It left, and its answer was lost: the look finds it, and nothing is written once more.
      if (!first.toRemote.attendees) return;
      const written = { ...remote, ...first.toRemote };
      const sent = { kind: 'update', fields: first.toRemote } as const;
      const looked = absorbLook(first.base, sent, written, can) ?? {};
      const end = mergeFields({ local: taken, remote: written, base: looked, ...rules });
      expect([end.toLocal, end.toRemote, end.conflicts]).toEqual([{}, {}, []]);
      // Somebody invited one more there before we looked: that comes in, and nothing goes out.
      const guest = { email: 'z@x.example', name: '', isOptional: false };
      const more = { ...written, attendees: sortAttendees([...written.attendees, guest]) };
      const seen = absorbLook(first.base, sent, more, can) ?? {};
      const late = mergeFields({ local: taken, remote: more, base: seen, ...rules });
      expect(late.toRemote).toEqual({});
      expect(late.toLocal.attendees).toHaveLength(taken.attendees.length + 1);
    }),
    { numRuns: 20_000 },
  );
}, 60_000);

test('[G1] the losing view of a disputed guest is kept whole, and nobody else goes with it', () => {
  const guest = (email: string, isOptional = false): Attendee => ({ email, name: '', isOptional });
  const [ada, ben, cleo, dora] = ['ada@x', 'ben@x', 'cleo@x', 'dora@x'].map((email) =>
    guest(email),
  );
  const old = [ada, ben] as Attendee[];
  const holdsAll = { showAs: showAsValues, visibilities, canHoldExdates: true };
  const plain = { title: '', description: '', location: '' };
  const at = { kind: 'all-day', startDate: '2026-11-24', endDate: '2026-11-25' } as const;
  const event = {
    ...plain,
    when: at,
    recurrence: null,
    visibility: 'default',
    showAs: 'busy',
  } as const;
  const merge = mergeFields({
    local: { ...event, attendees: [guest('ada@x', true), ben, cleo] as Attendee[] },
    remote: { ...event, attendees: [ben, dora] as Attendee[] },
    base: { attendees: { local: old, remote: old } },
    origin: 'local',
    flow,
    holds: holdsAll,
    carriesGuests,
  });
  const emails = (list: readonly Attendee[] | undefined) => list?.map(({ email }) => email);
  expect(emails(merge.toLocal.attendees)).toEqual(['ada@x', 'ben@x', 'cleo@x', 'dora@x']);
  expect(emails(merge.toRemote.attendees)).toEqual(['ada@x', 'ben@x', 'cleo@x', 'dora@x']);
  expect(merge.conflicts).toMatchObject([{ unit: 'attendees', winner: 'local' }]);
  expect(emails(merge.conflicts[0]?.lost as Attendee[])).toEqual(['ben@x', 'cleo@x', 'dora@x']);
});

test('[G1] another name for a guest is no change, and a new name comes along with what is one', () => {
  fc.assert(
    fc.property(fields, holds, (old, can) => {
      const renamed = old.attendees.map((guest) => ({ ...guest, name: 'Somebody else' }));
      const remote = { ...toHeldForm(old, can), attendees: renamed };
      const base = agreeOnAnswer(null, old, toHeldForm(old, can));
      const rules = { origin: 'remote', flow, holds: can, carriesGuests } as const;
      const { toLocal, toRemote } = mergeFields({ local: old, remote, base, ...rules });
      expect([toLocal, toRemote]).toEqual([{}, {}]);
    }),
    { numRuns: 1_000 },
  );
});

test('[G2] a copy that carries no guests is compared, merged and made without them', () => {
  fc.assert(
    fc.property(fields, attendees, attendees, holds, (old, here, there, can) => {
      const base = agreeOnAnswer(null, old, toHeldForm(old, can));
      const view = {
        local: { ...old, attendees: here },
        remote: { ...toHeldForm(old, can), attendees: there },
        isRemoteGone: false,
        isStale: false,
        base,
        sent: null,
        origin: 'local',
        flow,
        hasTwin: false,
        hasOtherPart: false,
        isRevived: false,
        holds: can,
        carriesGuests: false,
      } as const;
      expect(planLink(view).kind).toBe('nothing');
      // Neither is a change of them a reason to keep what was deleted.
      expect(planLink({ ...view, local: null }).kind).toBe('delete');
      expect(planLink({ ...view, isRemoteGone: true }).kind).toBe('cancel');
    }),
    { numRuns: 2_000 },
  );
});
