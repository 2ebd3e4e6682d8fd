import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type EventFields, mergeUnits, showAsValues, visibilities } from '../calendar/event.ts';
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
const fields: fc.Arbitrary<EventFields> = fc.record({
  title: text,
  description: text,
  location: text,
  when,
  visibility: fc.constantFrom(...visibilities),
  showAs: fc.constantFrom(...showAsValues),
});
const holds = fc.record({
  showAs: fc.constantFrom(['busy', 'free'] as const, showAsValues),
  visibilities: fc.constantFrom(['default', 'private'] as const, visibilities),
});
const origin = fc.constantFrom('local' as const, 'remote' as const);
const flow = { canRead: true, canWrite: true };
const anyFlow = fc.record({ canRead: fc.boolean(), canWrite: fc.boolean() });

test('[S2] 200 000 random merges: applied to both sides they agree, and nothing is left to do', () => {
  fc.assert(
    fc.property(fields, fields, fields, holds, origin, (old, local, there, can, from) => {
      const remote = toHeldForm(there, can);
      const base = agreeOnAnswer(null, old, toHeldForm(old, can));
      const merge = mergeFields({ local, remote, base, origin: from, flow, holds: can });
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
      const merge = mergeFields({ local, remote, base, origin: from, flow, holds: can });
      for (const unit of mergeUnits) {
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
          holds: can,
        });
        expect(plan.kind).toBe('nothing');
      }
    }),
    { numRuns: 5_000 },
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
      });
      const after = toHeldForm({ ...old, ...merge.toRemote }, can);
      for (const unit of mergeUnits) {
        const isWhitespaceOnly =
          typeof after[unit] === 'string' &&
          String(after[unit]).trim() === String(local[unit]).trim();
        if (!isWhitespaceOnly) expect(after[unit]).toEqual(toHeldForm(local, can)[unit]);
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
        const rules = { origin: from, flow: may, holds: can };
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
