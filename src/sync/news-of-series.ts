import { type EventFields, mergeUnits } from '../calendar/event.ts';
import { absorbLook } from './absorb.ts';
import type { Holds } from './hold.ts';
import type { Base, FormerEntry, Sent } from './link.ts';
import type { Merge } from './merge.ts';
import { isSame } from './same.ts';

/** What an occurrence may have from its series. */
const inherited = ['title', 'description', 'location', 'visibility', 'showAs'] as const;

/** What is known of a copy. */
export interface Copy {
  base: Base | null;
  remote: EventFields | null;
}

/** Whether a copy of an exception reads otherwise there than was last agreed on, in what it may inherit. */
export const hasNewWords = (fields: EventFields, base: Base | null): boolean =>
  inherited.some((unit) => base?.[unit] && !isSame(fields[unit], base[unit].remote));

/** The same, or in when it is. */
export const readsOtherwise = (fields: EventFields, base: Base | null): boolean =>
  hasNewWords(fields, base) || (base?.when !== undefined && !isSame(fields.when, base.when.remote));

/** Whether a series says something else there by now of what its occurrences may have from it. */
export const hasNews = (before: EventFields | null, now: EventFields): boolean =>
  Boolean(before?.recurrence) && inherited.some((unit) => before?.[unit] !== now[unit]);

/**
 * What was agreed on of an exception, with what its series says there by now where the two had said the
 * same: should it read so, that is no change of its own.
 */
export function noteNews(base: Base, before: Partial<EventFields>, now: EventFields): Base {
  const noted: Base = { ...base };
  for (const unit of inherited) {
    const pair = base[unit];
    const old = before[unit];
    if (!pair || old === undefined || old === now[unit]) continue;
    if (old !== pair.remote && old !== pair.news) continue;
    Object.assign(noted, { [unit]: { ...pair, news: now[unit] } });
  }
  return noted;
}

/**
 * What was agreed on of an exception, with what it has come to say here along with its series where it
 * said nothing else: that is no edit of this one, should it be cancelled there.
 */
export function noteAlong(
  base: Base,
  before: Partial<EventFields>,
  now: Partial<EventFields>,
): Base {
  const noted: Base = { ...base };
  for (const unit of mergeUnits) {
    const [pair, old, value] = [base[unit], before[unit], now[unit]];
    if (!pair || old === undefined || value === undefined || isSame(old, value)) continue;
    const isAlong = pair.along !== undefined && isSame(old, pair.along);
    if (!isAlong && !isSame(old, pair.local)) continue;
    Object.assign(noted, { [unit]: { ...pair, along: value } });
  }
  return noted;
}

/** What was agreed on of an exception that is new here: what it says as its series does by now is no edit of it. */
export const asSeriesSays = (base: Base, says: Partial<EventFields>): Base =>
  noteAlong(base, localOf(base), says);

/**
 * What was agreed on of an exception that begins anew and reads so by now: a provider may keep its entry as
 * it was, or have that again. What it says there as it did before, or as we were writing when it began anew,
 * is no change of its own, and stands against nothing that is said of it here since.
 */
export function asKept(
  { base, external_id, former_entries }: Begun,
  { externalId, fields }: { externalId: string; fields: EventFields },
  holds: Holds,
): Base | null {
  const former = former_entries?.find((entry) => entry.externalId === externalId);
  if (!base || !former || external_id !== null) return base;
  const sent = former.sent?.kind === 'update' ? former.sent : null;
  const agreed = absorbLook(former.base, sent, fields, holds) ?? former.base;
  const kept = mergeUnits.filter((unit) => {
    const [pair, old] = [base[unit], agreed[unit]];
    return pair && old && !isSame(old.remote, pair.remote) && isSame(fields[unit], old.remote);
  });
  return { ...base, ...Object.fromEntries(kept.map((unit) => [unit, agreed[unit]])) };
}

/** `external_id` is null until its entry has been read. */
interface Begun {
  base: Base | null;
  external_id: string | null;
  former_entries: readonly FormerEntry[] | null;
}

const localOf = (base: Base): Partial<EventFields> =>
  Object.fromEntries(Object.entries(base).map(([unit, { local }]) => [unit, local]));

/**
 * What was last agreed on of an exception that reads as its series does there by now. That neither brings
 * back what is cancelled here (`local` null) nor stands against what is said here of this one. Of a write
 * of unknown outcome to the series it may be so, too.
 */
export function withNewsOfSeries(
  { base, remote }: Copy,
  local: EventFields | null,
  series: Copy & { sent: Sent | null },
): Base | null {
  if (!base || !remote) return base;
  const sent = series.sent?.kind === 'update' ? series.sent.fields : {};
  const known: Base = { ...base };
  for (const unit of inherited) {
    const pair = base[unit];
    if (!pair) continue;
    const agreed = series.base?.[unit];
    if (![pair.news, sent[unit]].includes(remote[unit])) {
      // What it says here it has from its series there, and what it says there is its own.
      const isNewThere = remote[unit] !== pair.remote;
      const hasItFromThere =
        agreed && agreed.remote === pair.news && local?.[unit] === agreed.local;
      if (isNewThere && hasItFromThere) {
        Object.assign(known, { [unit]: { local: agreed.local, remote: pair.remote } });
      }
      continue;
    }
    const isAgreed = agreed?.remote === remote[unit];
    // Not agreed on yet: what nobody has touched here takes it over as any change.
    if (!isAgreed && local?.[unit] === pair.local) continue;
    const there = { local: isAgreed && local ? agreed.local : pair.local, remote: remote[unit] };
    Object.assign(known, { [unit]: there });
  }
  return known;
}

/** What of these changes an exception takes over from its calendar because its series says so there. */
export function listTakenAlong(
  changes: Partial<EventFields>,
  { base, remote }: Copy,
): Partial<EventFields> {
  const units = inherited.filter((unit) => {
    const news = base?.[unit]?.news;
    return unit in changes && news !== undefined && news === remote?.[unit];
  });
  return Object.fromEntries(units.map((unit) => [unit, changes[unit]]));
}

/** What an exception takes over because its series says so there, it takes as the series has it here. */
export function inWordsOfSeries<M extends Pick<Merge, 'toLocal' | 'base'>>(
  merge: M,
  { base }: Copy,
): M {
  const toLocal = { ...merge.toLocal };
  const agreed = { ...merge.base };
  for (const unit of inherited) {
    const pair = base?.[unit];
    if (!pair || toLocal[unit] === undefined || toLocal[unit] !== pair.remote) continue;
    Object.assign(toLocal, { [unit]: pair.local });
    Object.assign(agreed, { [unit]: pair });
  }
  return { ...merge, toLocal, base: agreed };
}
