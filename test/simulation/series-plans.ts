import type { EventFields, When } from '../../src/calendar/event.ts';
import type { Chance } from './chance.ts';
import type { Values } from './memory.ts';
import type { Wanted } from './series-memory.ts';
import { drawRule, listSlots, type Rule, type Slot, whenOn } from './series-rules.ts';
import { isOneDate, ruleSlots, type SeenSeries, type Slots, valuesOn } from './series-views.ts';
import { drawFields, hours, timeZones, wordsOf, wordsOfWhen } from './typing.ts';
import type { Place } from './world.ts';

/** What may be done to a series or to one of its occurrences, at any place. */
export const seriesKinds = [
  'edit one',
  'cancel one',
  'edit all',
  'move all',
  'change rule',
  'split',
  'end',
  'delete all',
] as const;
export type SeriesKind = (typeof seriesKinds)[number];

/** Those that say anew on which days it recurs, or when. */
export const isRuleKind = (kind: SeriesKind): boolean =>
  ['move all', 'change rule', 'split', 'end', 'delete all'].includes(kind);
export const isOneKind = (kind: SeriesKind): boolean => kind.endsWith(' one');

/** What somebody is about to do, and what is to come of it. Drawn from what they see. */
export interface Plan {
  kind: SeriesKind;
  series: SeenSeries;
  /** The occurrence, or the first of those that follow; '' where all are meant. */
  slot: Slot;
  /** Typed into the form. */
  changes: Partial<EventFields>;
  when: When;
  rule: Rule | null;
  wanted: Wanted;
}

/** Null where there is nothing that it could be done to. `slots`: all that one sees of the family. */
export function drawPlan(
  chance: Chance,
  kind: SeriesKind,
  seen: {
    series: SeenSeries;
    /** Of a copy that is several series: all of them. What is said of one is said of the event. */
    parts: readonly SeenSeries[];
    slots: Slots;
    place: Place | null;
    slot?: Slot;
  },
): Plan | null {
  const { series, parts, slots, place } = seen;
  const whole = valuesIn(slots);
  const { when } = series;
  const shown = [...series.slots.keys()].sort();
  const at = seen.slot ?? (shown.length > 0 ? chance.pick(shown) : undefined);
  const plan = { kind, series, slot: '', changes: {}, when, rule: null };
  switch (kind) {
    case 'edit one': {
      const one = at === undefined ? undefined : series.slots.get(at);
      if (at === undefined || !one) return null;
      const changes = drawChanges(chance, one.values, { series, place, slot: at });
      if (Object.keys(changes).length === 0) return null;
      return { ...plan, slot: at, changes, wanted: withOne(slots, at, wordsOfChanges(changes)) };
    }
    case 'cancel one': {
      // An empty series is no series any more, and nobody's case.
      const count = isOneDate(series) ? slots.size : shown.length;
      if (at === undefined || count < 3) return null;
      return { ...plan, slot: at, wanted: without(slots, (slot) => slot === at) };
    }
    case 'edit all': {
      const changes = drawChanges(chance, series.values, { series, place, slot: null });
      if (Object.keys(changes).length === 0) return null;
      const words = wordsOfChanges(changes);
      const wanted = parts.reduce((all, part) => withAll(part, all, words, ''), whole);
      return { ...plan, changes, wanted };
    }
    case 'move all': {
      const moved = drawMoved(chance, when);
      if (!moved) return null;
      const move = (all: Wanted, part: SeenSeries) => recur(part, all, moved, ruleSlots(part));
      return { ...plan, when: moved, wanted: parts.reduce<Wanted>(move, whole) };
    }
    case 'change rule': {
      const rule = drawRule(chance, when, { inGraph: place?.side === 'outlook' });
      const days = listSlots(when, [rule.line]);
      // Nobody could see that there is another rule, nor who lost theirs to it.
      if (days.join() === ruleSlots(series).join()) return null;
      // Another half has that day.
      if (days.some((day) => slots.has(day) && !series.slots.has(day))) return null;
      // What one part of a series says of its days is nothing that the event could say: it is put back.
      const wanted = parts.length > 1 ? whole : recur(series, whole, when, days);
      return { ...plan, rule, wanted };
    }
    case 'split': {
      const cut = drawCut(chance, series, shown);
      if (!cut) return null;
      const changes = drawChanges(chance, series.values, { series, place, slot: null });
      const moved = (chance.is(0.5) && drawMoved(chance, when)) || when;
      const edited = withAll(series, whole, wordsOfChanges(changes), cut);
      return {
        ...plan,
        slot: cut,
        changes,
        when: moved,
        wanted: movedFrom(series, edited, moved, cut),
      };
    }
    case 'end': {
      const cut = drawCut(chance, series, shown);
      if (!cut) return null;
      const isAfter = (slot: Slot) => slot >= cut && series.slots.has(slot);
      return { ...plan, slot: cut, wanted: parts.length > 1 ? whole : without(slots, isAfter) };
    }
    case 'delete all': {
      // While others are there, the end of a part is no end of its days: a person is asked.
      const wanted = without(slots, (slot) => series.slots.has(slot));
      return { ...plan, wanted: parts.length > 1 ? whole : wanted };
    }
  }
}

/** Never the first: all that follow it are all. */
function drawCut(chance: Chance, series: SeenSeries, shown: readonly Slot[]): Slot | undefined {
  const first = ruleSlots(series)[0] ?? '';
  const later = shown.filter((slot) => slot > first).slice(0, 6);
  return later.length > 0 ? chance.pick(later) : undefined;
}

/** Another hour or another zone; of all-day series nothing. */
function drawMoved(chance: Chance, when: When): When | null {
  if (when.kind === 'all-day') return null;
  const date = when.start.slice(0, 10);
  const timeZone = chance.is(0.3) ? chance.pick(timeZones) : when.timeZone;
  const hour = chance.pick(hours);
  const moved = { ...timed(date, hour, chance.pick([1, 1, 2])), timeZone };
  return wordsOfWhen(moved) === wordsOfWhen(when) ? null : moved;
}

const timed = (date: string, hour: number, length: number) => {
  const at = (one: number) => `${date}T${String(one).padStart(2, '0')}:00:00`;
  return { kind: 'timed', start: at(hour), end: at(hour + length) } as const;
};

/** Only what changes something. The time of one occurrence stays on its day: Graph refuses others. */
function drawChanges(
  chance: Chance,
  values: Values,
  { series, place, slot }: { series: SeenSeries; place: Place | null; slot: Slot | null },
): Partial<EventFields> {
  const drawn = drawFields(chance, series.mark, place ?? undefined);
  const words = wordsOf(drawn);
  const changes: Partial<EventFields> = {};
  const names = ['title', 'location', 'description', 'showAs', 'when'] as const;
  for (let count = chance.integer(1, 2); count > 0; count--) {
    const name = chance.pick(names);
    if (name === 'when') {
      const when = slot === null ? null : drawMoved(chance, whenOn(series.when, slot));
      if (when?.kind !== 'timed' || series.when.kind !== 'timed') continue;
      const kept = { ...when, timeZone: series.when.timeZone };
      if (wordsOfWhen(kept) !== values.when) changes.when = kept;
      continue;
    }
    const unit = name === 'description' ? 'notes' : name;
    if (words[unit] !== values[unit]) {
      Object.assign(changes, { [name]: drawn[name] });
    }
  }
  return changes;
}

/** Only the words of what is changed. */
export function wordsOfChanges(changes: Partial<EventFields>): Partial<Values> {
  const { title, location, description, when, showAs } = changes;
  const names: Record<string, string> = {
    'out-of-office': 'out',
    'working-elsewhere': 'workingElsewhere',
  };
  return {
    ...(title !== undefined && { title }),
    ...(location !== undefined && { location }),
    ...(description !== undefined && { notes: description }),
    ...(when && { when: wordsOfWhen(when) }),
    ...(showAs && { showAs: names[showAs] ?? showAs }),
  };
}

export const valuesIn = (slots: Slots): Map<Slot, Values> =>
  new Map([...slots].map(([slot, { values }]) => [slot, values]));

function withOne(slots: Slots, at: Slot, words: Partial<Values>): Wanted {
  const wanted = valuesIn(slots);
  const old = wanted.get(at);
  if (old) wanted.set(at, { ...old, ...words });
  return wanted;
}

const without = (slots: Slots, isGone: (slot: Slot) => boolean): Wanted =>
  new Map([...valuesIn(slots)].filter(([slot]) => !isGone(slot)));

/** All from `cut` on change, but for what they say otherwise. */
function withAll(
  series: SeenSeries,
  all: Wanted,
  words: Partial<Values>,
  cut: Slot,
): Map<Slot, Values> {
  const wanted = new Map(all);
  for (const [slot, { values }] of series.slots) {
    if (slot < cut) continue;
    const usual = valuesOn(series, slot);
    const changed = { ...values };
    for (const [unit, word] of Object.entries(words) as [keyof Values, string][]) {
      if (values[unit] === usual[unit]) changed[unit] = word;
    }
    wanted.set(slot, changed);
  }
  return wanted;
}

function movedFrom(series: SeenSeries, slots: Wanted, when: When, cut: Slot): Wanted {
  const wanted = new Map(slots);
  for (const slot of series.slots.keys()) {
    const values = wanted.get(slot);
    if (slot < cut || !values) continue;
    if (values.when !== valuesOn(series, slot).when) continue;
    wanted.set(slot, { ...values, when: wordsOfWhen(whenOn(when, slot)) });
  }
  return wanted;
}

/** It recurs otherwise: what was said of a day that it still has stays so. */
function recur(series: SeenSeries, all: Wanted, when: When, days: readonly Slot[]): Wanted {
  const cancelled = ruleSlots(series).filter((slot) => !series.slots.has(slot));
  const wanted = new Map([...all].filter(([slot]) => !series.slots.has(slot)));
  for (const slot of days) {
    if (cancelled.includes(slot)) continue;
    const usual = valuesOn({ values: series.values, when }, slot);
    const seen = series.slots.get(slot)?.values;
    const isMoved = seen && seen.when !== valuesOn(series, slot).when;
    wanted.set(slot, seen ? { ...seen, when: isMoved ? seen.when : usual.when } : usual);
  }
  return wanted;
}
