import type { Family } from './series-memory.ts';
import type { Side } from './world.ts';

/** Who sets a value: the person in the CRM, or the same person at a provider. */
export type Actor = 'crm' | Side;

export const units = ['title', 'location', 'notes', 'when', 'showAs'] as const;
export type Unit = (typeof units)[number];

/** An event's values as the judge writes them, in words of its own. */
export type Values = Record<Unit, string>;

/** What a provider can show of a value. */
export function heldBy(side: Side, unit: Unit, value: string): string {
  if (side !== 'google' || unit !== 'showAs') return value;
  return value === 'free' || value === 'workingElsewhere' ? 'free' : 'busy';
}

/** What people wanted of one event: nothing else is known to the judge. */
export interface Story {
  /** In the title of every version of it. */
  mark: string;
  madeBy: Actor;
  /** Whose calendar was switched off when it was to be made there. */
  leftOut: Set<Side>;
  /** Each value that somebody set, in order. */
  sets: {
    by: Actor;
    unit: Unit;
    value: string;
    /** Who set it deleted the event afterwards: it may never have been seen by anybody else. */
    isGone?: boolean;
  }[];
  deletedBy: Set<Actor>;
  /** How many values had been set when the CRM's person deleted it. */
  deletedHereAfter: number | null;
  /** The CRM's person took its deletion back: its copies are made anew, and are the CRM's. */
  isRestored: boolean;
  /** Deleted in a calendar as well before it was restored: whether that was heard before or after is not known. */
  isUnsure: boolean;
  /** Whose value has to be there in the end, as long as nobody has touched it since. */
  winners: Map<Unit, { by: Actor; value: string }>;
}

/** Everything that people did, in order. */
export interface Memory {
  stories: Map<string, Story>;
  /** Series, each with all that comes of it: series-memory.ts. */
  families: Map<string, Family>;
  begin(mark: string, by: Actor, values: Values): void;
  set(mark: string, by: Actor, unit: Unit, value: string): void;
  remove(mark: string, by: Actor): void;
  restore(mark: string): void;
  /** The calendar is switched off while copies are to be made in it: it gets none of what there is now. */
  leaveOut(side: Side, mark?: string): void;
  /** All copies there go, with whatever had been said in them and was not heard. */
  takeAway(side: Side): void;
  /** All agreed before it was set, by one or by two at once: this value is to stay. */
  expect(mark: string, unit: Unit, winner: { by: Actor; value: string }): void;
}

export function createMemory(): Memory {
  const stories = new Map<string, Story>();
  const get = (mark: string) => {
    const story = stories.get(mark);
    if (!story) throw new Error(`nobody made ${mark}`);
    return story;
  };
  return {
    stories,
    families: new Map(),
    begin(mark, by, values) {
      const sets = units.map((unit) => ({ by, unit, value: values[unit] }));
      const end = { deletedBy: new Set<Actor>(), deletedHereAfter: null, winners: new Map() };
      const back = { isRestored: false, isUnsure: false };
      stories.set(mark, { mark, madeBy: by, leftOut: new Set(), sets, ...end, ...back });
    },
    set(mark, by, unit, value) {
      const story = get(mark);
      story.sets.push({ by, unit, value });
      story.winners.delete(unit);
      // It had come back, and who edits it now has seen it.
      story.deletedBy.delete(by);
    },
    remove(mark, by) {
      const story = get(mark);
      story.deletedBy.add(by);
      for (const set of story.sets) if (set.by === by) set.isGone = true;
      story.winners.clear();
      if (by === 'crm') story.deletedHereAfter = story.sets.length;
    },
    restore(mark) {
      const story = get(mark);
      story.isRestored = true;
      if ([...story.deletedBy].some((by) => by !== 'crm')) story.isUnsure = true;
      story.deletedBy.clear();
      story.winners.clear();
    },
    leaveOut(side, mark) {
      for (const story of mark === undefined ? stories.values() : [get(mark)])
        story.leftOut.add(side);
    },
    takeAway(side) {
      for (const story of stories.values()) {
        if (story.deletedBy.has(side)) story.isUnsure = true;
        for (const set of story.sets) if (set.by === side) set.isGone = true;
        // They are made anew, as after a restore.
        story.isRestored = true;
      }
    },
    expect(mark, unit, winner) {
      const story = get(mark);
      // What was made anew is in no order with what was said of the copies before.
      if (!story.isRestored) story.winners.set(unit, winner);
    },
  };
}
