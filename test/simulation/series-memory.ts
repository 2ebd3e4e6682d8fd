import { type Actor, type Memory, type Unit, units, type Values } from './memory.ts';
import type { Slot } from './series-rules.ts';

/** Whether an occurrence is there is wanted, too: 'yes' or 'no'. */
export type SlotUnit = Unit | 'there';

/** A value of one occurrence that somebody set, of it alone or of all. */
export interface SlotSet {
  by: Actor;
  unit: SlotUnit;
  value: string;
  isOwn: boolean;
  /** Its provider dropped it before we are sure to have read it. */
  isDropped?: boolean;
}

/** What people wanted of one occurrence. */
export interface SlotStory {
  /** Null for a day that came with another rule. */
  made: Values | null;
  sets: SlotSet[];
  /** What has to be there in the end, as long as nobody has touched it since. */
  winners: Map<SlotUnit, { by: Actor; value: string }>;
  /** A provider dropped what it said: whether it had been seen before is not known. */
  unsure: Set<SlotUnit>;
  /** It is an event of its own by now: what is said of all is not said of it. */
  isApart?: boolean;
}

/** What people wanted of a series and of all that came of it, day by day. */
export interface Family {
  /** In the title of all of them. */
  mark: string;
  madeBy: Actor;
  slots: Map<Slot, SlotStory>;
  /** Two said at once how it recurs: which days it has is not foreseen then. */
  isBlurred: boolean;
  /** How it recurs was changed after it was made. */
  isChanged: boolean;
  /** What an act here came to, where it was to be something else. */
  complaints: string[];
}

/** What one act changes, in the eyes of who does it. */
export interface Change {
  slot: Slot;
  unit: SlotUnit;
  value: string;
}

/** The occurrences that somebody wants, with all they are to say. */
export type Wanted = ReadonlyMap<Slot, Values>;

export function diff(before: Wanted, after: Wanted): Change[] {
  const changes: Change[] = [];
  for (const [slot, values] of after) {
    const old = before.get(slot);
    if (!old) changes.push({ slot, unit: 'there', value: 'yes' });
    for (const unit of old ? units : []) {
      if (old?.[unit] !== values[unit]) changes.push({ slot, unit, value: values[unit] });
    }
  }
  for (const slot of before.keys()) {
    if (!after.has(slot)) changes.push({ slot, unit: 'there', value: 'no' });
  }
  return changes;
}

export function beginFamily(mark: string, madeBy: Actor, wanted: Wanted): Family {
  const slots = [...wanted].map(([slot, made]): [Slot, SlotStory] => [
    slot,
    { made, sets: [], winners: new Map(), unsure: new Set() },
  ]);
  return {
    mark,
    madeBy,
    slots: new Map(slots),
    isBlurred: false,
    isChanged: false,
    complaints: [],
  };
}

/** What becomes of any series day by day is not foreseen. */
export function blurAll({ families }: Memory): void {
  for (const family of families.values()) family.isBlurred = true;
}

export type IsAgreed = (slot: Slot, unit: SlotUnit) => boolean;

export interface Note {
  by: Actor;
  /** Of one occurrence; else of all of them. */
  isOwn: boolean;
  isAgreed: IsAgreed;
  /** What somebody else changes before either hears of the other. */
  rivals: readonly Change[];
  /** Whose value is to stay where both change the same; null: that is not foreseen. */
  winner: Actor | null;
}

/** Remembers what an act changes, and what of it has to stay. */
export function note(family: Family, changes: readonly Change[], act: Note): void {
  const { by, isOwn, isAgreed, rivals, winner } = act;
  for (const { slot, unit, value } of changes) {
    const story = storyOf(family, slot);
    if (story.isApart && !isOwn) {
      story.winners.delete(unit);
      story.unsure.add(unit);
      continue;
    }
    story.sets.push({ by, unit, value, isOwn });
    story.unsure.delete(unit);
    const others = rivals.filter((one) => one.slot === slot);
    const isEnd = unit === 'there' || others.some((one) => one.unit === 'there');
    const rival = others.find((one) => one.unit === unit);
    const isSole = isEnd ? others.length === 0 : !rival;
    const isSaid = isSole || rival?.value === value || (!isEnd && winner === by);
    if (isSaid && isAgreed(slot, unit)) story.winners.set(unit, { by, value });
    else if (isEnd || winner === null || winner === by || !isAgreed(slot, unit)) {
      story.winners.delete(unit);
    }
    // An edit outlives a deletion.
    const end = story.winners.get('there');
    if (unit !== 'there' && end?.value === 'no' && end.by !== by) story.winners.delete('there');
    // Where it was not there, or is no more, nothing else is sure of it.
    if (unit === 'there') for (const each of units) story.winners.delete(each);
  }
}

/** What is said of one as the series says it anyway is nothing of its own: it may follow what all say next. */
export function noteAsUsual(
  family: Family,
  slot: Slot,
  changes: readonly Change[],
  usual: Values,
): void {
  const story = storyOf(family, slot);
  for (const { unit, value } of changes) {
    if (unit === 'there' || usual[unit] !== value) continue;
    story.winners.delete(unit);
    story.unsure.add(unit);
  }
}

/**
 * What is said of all in a calendar is not said of one that said otherwise there and does so here, while that calendar
 * has dropped it with another rule of ours and not been told it again: it keeps its own (SPEC O5).
 */
export function withoutDropped(
  family: Family,
  changes: readonly Change[],
  { by, seen, here }: { by: Actor; seen: Wanted; here: Wanted },
): Change[] {
  return changes.filter(({ slot, unit }) => {
    if (unit === 'there') return true;
    const last = storyOf(family, slot).sets.findLast((set) => set.unit === unit && set.by === by);
    const [now, kept] = [seen, here].map((all) => all.get(slot)?.[unit]);
    return !last?.isOwn || kept !== last.value || now === last.value;
  });
}

/** Who changes a series that somebody else has just deleted or cut brings back what they still see of it. */
export function noteSeen(family: Family, by: Actor, seen: Wanted): void {
  for (const slot of seen.keys()) {
    const story = storyOf(family, slot);
    const end = story.sets.findLast(({ unit }) => unit === 'there');
    if (end?.value !== 'no' || end.by === by || end.isOwn) continue;
    story.winners.delete('there');
    story.unsure.add('there');
  }
}

/** An edit that was not heard of yet brings the whole series back, or keeps it (SPEC D5, O11). */
export function noteUnheard(family: Family, slots: Iterable<Slot>): void {
  for (const slot of slots) {
    const story = storyOf(family, slot);
    story.winners.delete('there');
    story.unsure.add('there');
  }
}

/**
 * Who restores wants these days again. Where a calendar's person had taken one away, too, or it is not known
 * what the calendars say by now, either may be.
 */
export function noteRestored(family: Family, slots: Iterable<Slot>, isKnown: boolean): void {
  for (const slot of slots) {
    const story = storyOf(family, slot);
    story.sets.push({ by: 'crm', unit: 'there', value: 'yes', isOwn: false });
    for (const unit of units) story.winners.delete(unit);
    const last = story.sets.filter(({ unit }) => unit === 'there');
    const isGoneThere = last.some(
      ({ by, value }, index) =>
        by !== 'crm' && value === 'no' && last.findLastIndex((set) => set.by === by) === index,
    );
    if (isKnown && !isGoneThere) {
      story.winners.set('there', { by: 'crm', value: 'yes' });
      story.unsure.delete('there');
    } else {
      story.winners.delete('there');
      story.unsure.add('there');
    }
  }
}

/** What a provider drops of an act's own accord: it is restored if it was known, else it is gone. */
export function noteDropped(
  family: Family,
  dropped: readonly Change[],
  { by, isAgreed, rivals }: Pick<Note, 'by' | 'isAgreed' | 'rivals'>,
): void {
  for (const { slot, unit, value } of dropped) {
    const story = storyOf(family, slot);
    // Google leaves a date out that was cancelled long before, also when another rule has it again.
    const isLeftOut = unit === 'there' && value === 'yes';
    const isSure = isAgreed(slot, unit) && rivals.every((one) => one.slot !== slot);
    if (isSure && !isLeftOut) story.winners.set(unit, { by, value });
    else {
      story.winners.delete(unit);
      story.unsure.add(unit);
      for (const set of story.sets) if (set.by === by && set.unit === unit) set.isDropped = true;
    }
  }
}

/**
 * Google leaves out what was cancelled by itself, also when another rule has that day again, wherever that
 * came from: then it is out everywhere. Whether Google ever had it so is not known.
 */
export function noteLeftOut(family: Family, changes: readonly Change[]): void {
  for (const { slot, unit, value } of changes) {
    const story = storyOf(family, slot);
    const isBack = unit === 'there' && value === 'yes';
    const isCancelled = (one: SlotSet) => one.unit === 'there' && one.value === 'no' && one.isOwn;
    if (!isBack || !story.sets.some(isCancelled)) continue;
    story.winners.delete('there');
    story.unsure.add('there');
  }
}

/**
 * All were to say so once, and one did not, which is put right as long as nobody says otherwise of all: here
 * somebody does, and what becomes of that one is not foreseen. Nor what becomes of one that said by itself
 * what all say from now on: it may follow what they say next.
 */
export function noteOvertaken(
  family: Family,
  slots: Iterable<Slot>,
  words: Partial<Values>,
  by: Actor,
): void {
  for (const slot of slots) {
    const story = storyOf(family, slot);
    for (const unit of Object.keys(words) as Unit[]) {
      const last = story.sets.findLast((one) => one.unit === unit);
      const isAsAll = last?.isOwn === true && last.value === words[unit];
      const isOvertaken = last?.by === by && !last.isOwn && last.value !== words[unit];
      if (!isAsAll && !isOvertaken) continue;
      story.winners.delete(unit);
      story.unsure.add(unit);
    }
  }
}

/** A second half that a client makes is a copy: it says what was seen, whatever others had just set. */
export function noteCopied(
  family: Family,
  copied: Wanted,
  { by, isAgreed, rivals }: Pick<Note, 'by' | 'isAgreed' | 'rivals'>,
): void {
  for (const [slot, values] of copied) {
    const story = storyOf(family, slot);
    for (const unit of ['there', ...units] as const) {
      const value = unit === 'there' ? 'yes' : values[unit];
      story.sets.push({ by, unit, value, isOwn: false });
      const isSure = isAgreed(slot, unit) && rivals.every((one) => one.slot !== slot);
      if (!isSure) story.winners.delete(unit);
    }
  }
}

export function storyOf(family: Family, slot: Slot): SlotStory {
  const known = family.slots.get(slot);
  if (known) return known;
  const story: SlotStory = {
    made: null,
    sets: [],
    winners: new Map(),
    unsure: new Set(),
  };
  family.slots.set(slot, story);
  return story;
}
