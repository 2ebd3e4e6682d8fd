import type { Complaint } from './judge.ts';
import { heldBy, type Memory, type Unit, units, type Values } from './memory.ts';
import type { Family, SlotSet, SlotStory } from './series-memory.ts';
import { type Slot, window } from './series-rules.ts';
import {
  isAnchor,
  isOneDate,
  isUnseen,
  linksAt,
  partsOf,
  type SeenSeries,
  seeSeriesHere,
  type Slots,
  slotsOf,
} from './series-views.ts';
import { isOfSeries, type SeenHere, type SeenLink } from './views.ts';
import { type Side, sides } from './world.ts';

type Complain = (kind: Complaint['kind'], text: string) => void;
type Here = ReturnType<typeof seeSeriesHere>[number];

/** Nothing of a link that is at rest waits. */
const restStates = ['synced', 'conflict', 'detached', 'closed'];

/**
 * Judges the series of a history that has come to rest, day by day: each calendar shows what is here,
 * and what is here is what people wanted. See judge.ts.
 */
export function judgeSeries(
  memory: Memory,
  seen: { here: readonly SeenHere[]; there: Record<Side, SeenSeries[]> },
  /** Every value that an event's history tells of. */
  history: ReadonlyMap<string, Values[]>,
  complain: Complain,
): void {
  const ours = seeSeriesHere(seen.here);
  for (const series of ours) judgeCopies(series, seen, complain);
  for (const row of seen.here) if (isOfSeries(row.mark)) judgeRest(row, seen.here, complain);
  for (const side of sides) {
    for (const copy of seen.there[side]) {
      // Single events are judged as such.
      if (isOneDate(copy) || isUnseen(seen.here, copy)) continue;
      const isFollowed = ours.some(({ row }) =>
        row.links.some(
          (link) => isAlive(link) && link.side === side && link.externalId === copy.id,
        ),
      );
      if (!isFollowed) complain('lost', `series ${copy.mark} at ${side} is followed by none here`);
    }
  }
  for (const family of memory.families.values()) {
    for (const text of family.complaints) complain('lost', text);
    const own = ours.filter(({ mark }) => mark === family.mark);
    const ids = seen.here.filter(({ mark }) => mark === family.mark).map(({ id }) => id);
    const told = ids.flatMap((id) => history.get(id) ?? []);
    judgeFamily(family, { own, here: seen.here, told }, complain);
  }
}

const isAlive = ({ state }: SeenLink) => state !== 'closed' && state !== 'detached';

/** As what a series is in a calendar; the link that stands for its dates there leads nowhere. */
const isOfCopy = (link: SeenLink) => isAlive(link) && !isAnchor(link);

/** Each calendar that has the series shows its days as they are here. */
function judgeCopies(
  { row, slots, mark, id }: Here,
  { here, there }: { here: readonly SeenHere[]; there: Record<Side, SeenSeries[]> },
  complain: Complain,
): void {
  for (const side of sides) {
    const links = linksAt(here, id, side).filter(isAlive);
    const name = `${mark} at ${side}`;
    if (links.length === 0) continue;
    // Graph may have it as several series or single events, which share its days out.
    const parts = partsOf(links, there[side]);
    for (const { externalId, state } of links.filter(isOfCopy)) {
      const isThere = parts.some((part) => part.id === externalId);
      if (!isThere && slots.size > 0)
        complain('diverged', `series ${name} is ${state} and not there`);
    }
    const copy = { slots: slotsOf(parts, mark) };
    const days = parts.flatMap((part) => [...part.slots.keys()]);
    const twice = days.filter((day, index) => days.indexOf(day) < index);
    if (twice.length > 0) complain('doubled', `${name} is there twice on ${twice.join(' ')}`);
    // A person is asked, of one part as well; so too where it was cancelled here, is so already in this calendar, and comes
    // back since it was edited in the other one (SPEC D4): it stays there, and is put nowhere else unasked.
    const isPartGone = isDetached(row, side) || isBackInPart(row, side);
    const isAsked = (slot: Slot) =>
      (isPartGone && !copy.slots.has(slot)) ||
      here.some(
        (one) =>
          one.seriesId === id &&
          one.originalStart?.startsWith(slot) &&
          (one.links.some((its) => its.side === side && its.state === 'detached') ||
            (one.links.some(({ isRevived, state }) => isRevived && state === 'conflict') &&
              one.links.every((its) => its.side !== side || its.state === 'closed'))),
      );
    for (const slot of new Set([...slots.keys(), ...copy.slots.keys()])) {
      if (!window.has(slot) || isAsked(slot)) continue;
      const [ours, theirs] = [slots.get(slot)?.values, copy.slots.get(slot)?.values];
      if (!ours || !theirs) {
        complain('diverged', `${name}: ${slot} is ${ours ? 'only here' : 'only there'}`);
        continue;
      }
      for (const unit of units) {
        const [a, b] = [heldBy(side, unit, ours[unit]), theirs[unit]];
        if (a !== b)
          complain('diverged', `${name}: ${unit} on ${slot} is "${a}" here and "${b}" there`);
      }
    }
  }
}

/** A person is asked about what went there: all of a series, or one of those that it is. */
const isDetached = ({ links }: SeenHere, side: Side) =>
  links.some((link) => link.side === side && link.state === 'detached');

/** Deleted here, it came back from one of those that it is; the others are made again if a person says so. */
const isBackInPart = ({ links }: SeenHere, side: Side) => {
  const own = links.filter((link) => link.side === side);
  return own.length > 1 && own.some(({ isRevived, state }) => isRevived && state === 'conflict');
};

/** Deleted here, it came back from another calendar; here it is made again if a person says so. */
const isBackElsewhere = ({ links }: SeenHere, side: Side) =>
  links.some(({ isRevived }) => isRevived) &&
  links.every((link) => link.side !== side || link.state === 'closed');

/** Nothing waits; but for exceptions of a part that went. */
function judgeRest(row: SeenHere, here: readonly SeenHere[], complain: Complain): void {
  const series = row.seriesId === null ? row : here.find(({ id }) => id === row.seriesId);
  for (const link of row.links) {
    const name = `${row.mark} ${row.originalStart ?? ''} at ${link.side}`;
    const isOfLost =
      series !== row &&
      series !== undefined &&
      (isDetached(series, link.side) || isBackElsewhere(series, link.side));
    const isWaiting = isOfLost && link.state === 'pending';
    const isAtRest = isWaiting || restStates.includes(link.state);
    if (!isAtRest || (link.state !== 'closed' && link.nextAttemptAt && !isAnchor(link))) {
      const { state, reason, nextAttemptAt } = link;
      const next = nextAttemptAt?.toISOString();
      complain('stuck', `${name} is ${state} (${reason}), next ${next}`);
    }
    if (link.state !== 'closed' && link.sent) complain('stuck', `${name} still knows of a write`);
  }
}

/** Its days are those that people wanted, and say what they set. */
function judgeFamily(
  family: Family,
  found: { own: readonly Here[]; here: readonly SeenHere[]; told: readonly Values[] },
  complain: Complain,
): void {
  if (family.isBlurred) return;
  const { own } = found;
  // A new rule or a client's new half may have the day of one that was put back: both were said.
  const mayBeTwice = (slot: Slot) => family.isChanged && family.slots.get(slot)?.isApart === true;
  for (const [index, one] of own.entries()) {
    const others = own.slice(index + 1);
    const twice = [...one.slots.keys()].filter(
      (slot) => others.some(({ slots }) => slots.has(slot)) && !mayBeTwice(slot),
    );
    if (twice.length > 0)
      complain('doubled', `${family.mark} is there twice on ${twice.join(' ')}`);
  }
  const shown = slotsOf(own, family.mark);
  const masterSets = [...family.slots.values()].flatMap(({ sets }) =>
    sets.filter(({ isOwn }) => !isOwn),
  );
  const isAsked = (slot: Slot) =>
    found.here.some(
      ({ mark, originalStart, links }) =>
        mark === family.mark &&
        originalStart?.startsWith(slot) &&
        links.some(({ state }) => state === 'detached'),
    );
  for (const [slot, story] of family.slots) {
    const isTwice = own.filter(({ slots }) => slots.has(slot)).length > 1;
    if (!window.has(slot) || (isTwice && mayBeTwice(slot))) continue;
    // Cancelled where the rule had just been changed: nobody can tell what was wiped from what was not.
    if (!family.isChanged || !isAsked(slot)) {
      judgePresence(family, { slot, story, shown }, complain);
    }
    for (const unit of units) {
      judgeUnit(family, { slot, story, shown, unit, masterSets, told: found.told }, complain);
    }
  }
  for (const slot of shown.keys()) {
    if (window.has(slot) && !family.slots.has(slot)) {
      complain('resurrected', `${family.mark} is there on ${slot}, which nobody wanted`);
    }
  }
}

interface Day {
  slot: Slot;
  story: SlotStory;
  shown: Slots;
}

/** Of each one what they set last. */
function lastOf(sets: readonly SlotSet[], unit: SlotSet['unit']): SlotSet[] {
  const own = sets.filter((set) => set.unit === unit);
  return [...new Set(own.map(({ by }) => by))].flatMap(
    (by) => own.findLast((set) => set.by === by) ?? [],
  );
}

const lastIndexOf = ({ sets }: SlotStory, unit: SlotSet['unit']) =>
  sets.findLastIndex((set) => set.unit === unit);

/** In which order who said what of it; `*`: of all occurrences. */
const describeSets = ({ sets, made }: SlotStory, unit: SlotSet['unit']) => {
  const said = sets
    .filter((set) => set.unit === unit)
    .map(({ by, value, isOwn }) => `${by}${isOwn ? '' : '*'} "${value}"`);
  const first = unit === 'there' ? (made ? 'yes' : 'no') : (made?.[unit] ?? '-');
  return `(${[`made "${first}"`, ...said].join(', ')})`;
};

function judgePresence({ mark }: Family, { slot, story, shown }: Day, complain: Complain): void {
  const is = shown.has(slot) ? 'yes' : 'no';
  const last = lastOf(story.sets, 'there');
  const kind = is === 'yes' ? 'resurrected' : 'lost';
  const told = describeSets(story, 'there');
  const winner = story.winners.get('there');
  if (winner && winner.value !== is) {
    complain(
      kind,
      `${mark}: ${slot} is there: ${is}, "${winner.value}" of ${winner.by} was to stay ${told}`,
    );
    return;
  }
  if (story.unsure.has('there')) return;
  const wanted = last.length > 0 ? last.map(({ value }) => value) : [story.made ? 'yes' : 'no'];
  if (wanted.includes(is)) return;
  // An edit outlives a deletion, and a person is asked; also of who had deleted it before it came back. What
  // all say is no edit of one that was cancelled by itself.
  const isOfAll = story.sets.some(
    ({ unit, value, isOwn }) => unit === 'there' && value === 'no' && !isOwn,
  );
  const isEdited = story.sets.some(
    ({ unit, by, isOwn }, index) =>
      unit !== 'there' &&
      (isOwn || isOfAll) &&
      story.sets.findLastIndex((set) => set.unit === 'there' && set.by === by) < index,
  );
  if (is === 'yes' && isEdited) return;
  complain(kind, `${mark}: ${slot} is there: ${is}, and nobody wanted that ${told}`);
}

function judgeUnit(
  { mark }: Family,
  day: Day & { unit: Unit; masterSets: readonly SlotSet[]; told: readonly Values[] },
  complain: Complain,
): void {
  const { slot, story, shown, unit, masterSets, told } = day;
  const final = shown.get(slot)?.values[unit];
  const last = lastOf(story.sets, unit);
  const isShown = ({ by, value }: { by: SlotSet['by']; value: string }) =>
    final !== undefined && value === (by === 'crm' ? final : heldBy(by, unit, final));
  const name = `${mark}: ${unit} on ${slot} ${describeSets(story, unit)}`;
  if (final !== undefined) {
    const winner = story.winners.get(unit);
    if (winner && !isShown(winner)) {
      complain('lost', `${name} is "${final}" and "${winner.value}" of ${winner.by} was to stay`);
      return;
    }
    const isMade = last.length === 0 && (story.made === null || story.made[unit] === final);
    // The day went or came back with another rule: it says what the series says.
    const isAnew = lastIndexOf(story, 'there') > lastIndexOf(story, unit);
    const isUnsure = isAnew || story.unsure.has(unit);
    const isOfAll = isUnsure || masterSets.some((set) => set.unit === unit && isShown(set));
    if (!last.some(isShown) && !isMade && !isOfAll && !(last.length === 0 && unit === 'when')) {
      const values = last.length > 0 ? last.map(({ value }) => value) : [story.made?.[unit]];
      const wanted = values.map((value) => `"${value}"`).join(' or ');
      complain('lost', `${name} is "${final}", wanted was ${wanted}`);
    }
  }
  for (const set of last) {
    if (set.isDropped) continue;
    // When all are moved, the history tells of the first.
    if (isShown(set) || story.unsure.has(unit) || (!set.isOwn && unit === 'when')) continue;
    const isTold = ({ [unit]: value }: Values) =>
      value === set.value || (set.by !== 'crm' && heldBy(set.by, unit, value) === set.value);
    const isTakenBack = lastOf(story.sets, 'there').some(
      ({ by, value }) => by === set.by && value === 'no',
    );
    if (isTakenBack || told.some(isTold)) continue;
    complain('lost', `${name} "${set.value}" of ${set.by} gave way and is in no history`);
  }
}
