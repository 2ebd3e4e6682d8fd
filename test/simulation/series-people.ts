import type { EventFields, When } from '../../src/calendar/event.ts';
import type { EventId } from '../../src/calendar/ids.ts';
import { moveSeries } from '../../src/calendar/move-series.ts';
import { parseRecurrence } from '../../src/calendar/recurrence.ts';
import { quietProviders } from '../../src/providers/provider.ts';
import {
  cancelOccurrence,
  deleteFollowing,
  editFollowing,
  editOccurrence,
} from '../../src/store/edit-occurrence.ts';
import { createEvent, deleteEvent, editEvent } from '../../src/store/events.ts';
import { inTenant, type TenantTransaction } from '../../src/store/tenant.ts';
import type { Chance } from './chance.ts';
import { type Actor, heldBy, type Memory } from './memory.ts';
import { restoreOneHere } from './amends.ts';
import { ring } from './people.ts';
import {
  beginFamily,
  blurAll,
  type Change,
  diff,
  type Family,
  type IsAgreed,
  note,
  noteAsUsual,
  noteCopied,
  noteDropped,
  noteLeftOut,
  noteOvertaken,
  noteRestored,
  noteSeen,
  noteUnheard,
  storyOf,
  type Wanted,
  withoutDropped,
} from './series-memory.ts';
import {
  drawPlan,
  isOneKind,
  isRuleKind,
  type Plan,
  type SeriesKind,
  seriesKinds,
  valuesIn,
  wordsOfChanges,
} from './series-plans.ts';
import {
  cutGraphRule,
  cutRule,
  drawRule,
  type GraphRule,
  hardRule,
  keepLastDay,
  LATE_START,
  listSlots,
  type Rule,
  type Slot,
  startDays,
  whenOn,
} from './series-rules.ts';
import {
  isAlike,
  isAnchor,
  isOneDate,
  linksAt,
  partsOf,
  type SeenSeries,
  seeSeriesHere,
  seeSeriesThere,
  slotOf,
  type Slots,
  slotsOf,
  valuesOn,
  withOwnDates,
} from './series-views.ts';
import { bodyOf, drawFields, hours, pathOf, timeZones, wordsOf } from './typing.ts';
import { isOfSeries, seeHere, type SeenHere } from './views.ts';
import {
  callAs,
  isAllHeard,
  occasion,
  type Place,
  scopeOf,
  type Side,
  sides,
  type World,
} from './world.ts';

/** What people may do with series. */
export type SeriesAct =
  | 'create series here'
  | 'create series there'
  | 'change series here'
  | 'change series there'
  | 'change series on both sides'
  | 'restore series here';

/** The first of all is made; nobody makes many. */
export const drawSeriesAct = (chance: Chance, { isFirst }: { isFirst: boolean }): SeriesAct =>
  isFirst || chance.is(0.08)
    ? chance.pick(['create series here', 'create series there'])
    : chance.pick([
        'change series here',
        'change series here',
        'change series there',
        'change series there',
        'change series on both sides',
        'restore series here',
      ]);

/** How often which, among all kinds. */
const kindWeights: Record<SeriesKind, number> = {
  'edit one': 6,
  'cancel one': 3,
  'edit all': 4,
  'move all': 2,
  'change rule': 2,
  split: 2,
  end: 1,
  'delete all': 0.7,
};

/** All that there is of series at this moment, everywhere. */
interface Sight {
  here: SeenHere[];
  series: Record<Actor, SeenSeries[]>;
}

async function look(world: World): Promise<Sight> {
  const here = await seeHere(world);
  const series: Sight['series'] = { crm: seeSeriesHere(here), google: [], outlook: [] };
  for (const side of sides) {
    series[side] = withOwnDates(here, await seeSeriesThere(world, side), side);
  }
  return { here, series };
}

/** Does it, as one step that nothing interrupts, and remembers what was wanted. */
export async function performSeries(
  world: World,
  memory: Memory,
  act: SeriesAct,
  chance: Chance,
): Promise<string> {
  const what = await performOne(world, memory, act, chance);
  // What is said in a calendar that is not connected is heard of all at once later.
  if (!isAllHeard(world)) blurAll(memory);
  return what;
}

async function performOne(
  world: World,
  memory: Memory,
  act: SeriesAct,
  chance: Chance,
): Promise<string> {
  const place = chance.pick(world.places);
  switch (act) {
    case 'create series here':
      return createSeries(world, memory, chance, null);
    case 'create series there':
      return createSeries(world, memory, chance, place);
    case 'change series here':
      return changeSeries(world, memory, chance, null);
    case 'change series there':
      return changeSeries(world, memory, chance, place);
    case 'change series on both sides':
      return changeBothSides(world, memory, chance, place);
    case 'restore series here':
      return restoreSeries(world, memory, chance);
  }
}

async function createSeries(
  world: World,
  memory: Memory,
  chance: Chance,
  place: Place | null,
): Promise<string> {
  const mark = `s${memory.families.size}`;
  const inGraph = place?.side === 'outlook';
  const isLate = !inGraph && chance.is(0.1);
  const when = isLate ? timedOn(chance, LATE_START) : drawWhen(chance);
  const isHard = isLate && chance.is(0.4);
  const rule = isHard ? hardRule : drawRule(chance, when, { inGraph });
  const fields = { ...drawFields(chance, mark, place ?? undefined), when };
  const values = wordsOf(fields);
  const days = listSlots(when, [rule.line]);
  const wanted = new Map(days.map((slot) => [slot, valuesOn({ values, when }, slot)]));
  if (place) {
    const body = { ...bodyOf(place, fields, 'insert'), ...ruleBody(place, rule, when) };
    await callAs(world.sandbox, place.side, place.email, 'POST', pathOf(place), body);
    await ring(world, place, chance);
  } else {
    const event = {
      eventId: chance.uuid() as EventId,
      leadId: null,
      ownerId: world.userId,
      fields: { ...fields, recurrence: parseRecurrence([rule.line], when) },
      ...occasion(world, chance),
    };
    await inTenant(world.store, scopeOf(world), (tx) => createEvent(tx, event));
  }
  memory.families.set(mark, beginFamily(mark, place?.side ?? 'crm', wanted));
  return `create series ${mark} ${place ? `at ${place.side}` : 'here'} ${rule.line} on ${days.join(' ')}`;
}

function drawWhen(chance: Chance): When {
  const date = chance.pick(startDays);
  if (!chance.is(0.15)) return timedOn(chance, date);
  const end = new Date(Date.parse(date) + 86_400_000).toISOString().slice(0, 10);
  return { kind: 'all-day', startDate: date, endDate: end };
}

function timedOn(chance: Chance, date: string): When {
  const hour = chance.pick(hours);
  const at = (one: number) => `${date}T${String(one).padStart(2, '0')}:00:00`;
  return { kind: 'timed', start: at(hour), end: at(hour + 1), timeZone: chance.pick(timeZones) };
}

/** Nobody finds a series all of whose days were cancelled. */
const isVisible = ({ slots }: SeenSeries) => slots.size > 0;

function drawKind(chance: Chance): SeriesKind {
  const total = seriesKinds.reduce((sum, kind) => sum + kindWeights[kind], 0);
  let left = chance.next() * total;
  for (const kind of seriesKinds) {
    left -= kindWeights[kind];
    if (left < 0) return kind;
  }
  return 'edit one';
}

/** Of a date that is there by itself nobody can say more than of one. */
function kindOn(series: SeenSeries, kind: SeriesKind): SeriesKind {
  if (!isOneDate(series) || isOneKind(kind)) return kind;
  return kind === 'end' || kind === 'delete all' ? 'cancel one' : 'edit one';
}

async function changeSeries(
  world: World,
  memory: Memory,
  chance: Chance,
  place: Place | null,
): Promise<string> {
  const by = place?.side ?? 'crm';
  const sight = await look(world);
  const visible = sight.series[by].filter(isVisible);
  if (visible.length === 0) return `no series at ${by}`;
  const series = chance.pick(visible);
  const family = memory.families.get(series.mark);
  const kind = kindOn(series, drawKind(chance));
  if (!family || !isOpen(sight, { kind, series, by })) return `not ${kind} at ${by}`;
  const plan = drawPlan(chance, kind, {
    series,
    parts: partsWith(sight, series, by),
    slots: slotsOf(sight.series[by], series.mark),
    place,
  });
  if (!plan) return `nothing to ${kind} at ${by}`;
  const agreed = agreementOn(world, sight, family.mark);
  blur(family, sight, [plan]);
  await carryOut(
    world,
    chance,
    { family, plan, place, sight },
    { agreed, rivals: [], winner: null },
  );
  if (place) await ring(world, place, chance);
  return describe(plan, by);
}

/** One of a series is changed on both sides before either hears of the other: nobody rings. */
async function changeBothSides(
  world: World,
  memory: Memory,
  chance: Chance,
  place: Place,
): Promise<string> {
  const sight = await look(world);
  const pairs = sight.series.crm.flatMap((ours) => {
    const parts = copyOf(sight, ours, place.side).filter(isVisible);
    return parts.length > 0 ? [{ ours, theirs: chance.pick(parts) }] : [];
  });
  if (pairs.length === 0) return `no series to change on both sides of ${place.side}`;
  const { ours, theirs } = chance.pick(pairs);
  const family = memory.families.get(ours.mark);
  const kinds = [drawKind(chance), kindOn(theirs, drawKind(chance))] as const;
  const shared = [...ours.slots.keys()].filter((slot) => theirs.slots.has(slot));
  const slot = chance.is(0.6) && shared.length > 0 ? { slot: chance.pick(shared) } : {};
  const mine = { kind: kinds[0], series: ours, by: 'crm' as const };
  const yours = { kind: kinds[1], series: theirs, by: place.side };
  const isOne = isOpen(sight, mine) && isOpen(sight, yours);
  if (!family || !isOne || isMendedElsewhere(kinds)) return `not ${kinds.join(' and ')}`;
  const slots = (by: Actor) => slotsOf(sight.series[by], family.mark);
  const plans = [
    drawPlan(chance, kinds[0], {
      series: ours,
      parts: [ours],
      slots: slots('crm'),
      place: null,
      ...slot,
    }),
    drawPlan(chance, kinds[1], {
      series: theirs,
      parts: partsWith(sight, theirs, place.side),
      slots: slots(place.side),
      place,
      ...slot,
    }),
  ] as const;
  const [here, there] = plans;
  if (!here || !there) return `nothing to ${kinds.join(' and ')}`;
  const agreed = agreementOn(world, sight, family.mark);
  blur(family, sight, [here, there]);
  const isSameLevel = isOneKind(kinds[0]) === isOneKind(kinds[1]);
  const isWhole = sight.series.crm.filter(({ mark }) => mark === family.mark).length === 1;
  // A half that is just split off here says of its own what was changed of it.
  const isMerged = isSameLevel && isWhole && kinds[0] !== 'split';
  const winner = isMerged ? (family.madeBy === place.side ? place.side : 'crm') : null;
  const changesOf = ({ kind, series, slot: from, wanted }: Plan, by: Actor): Change[] => {
    const changes = diff(valuesIn(slotsOf(sight.series[by], series.mark)), wanted);
    if (kind !== 'split' || by === 'crm') return changes;
    // A client's second half is a copy, and new: nothing of what is changed meanwhile is in it.
    const copied = [...series.slots.keys()].filter((day) => day >= from);
    return [
      ...changes,
      ...copied.map((day): Change => ({ slot: day, unit: 'there', value: 'yes' })),
    ];
  };
  const both = [
    () =>
      carryOut(
        world,
        chance,
        { family, plan: here, place: null, sight },
        { agreed, rivals: changesOf(there, place.side), winner },
      ),
    () =>
      carryOut(
        world,
        chance,
        { family, plan: there, place, sight },
        { agreed, rivals: changesOf(here, 'crm'), winner },
      ),
  ];
  if (chance.is(0.5)) both.reverse();
  for (const change of both) await change();
  return `${describe(here, 'crm')} and ${describe(there, place.side)}`;
}

/**
 * A series that was deleted, here or in a calendar, while none of its name lives; or a date that was cancelled of
 * one that does, which is an event of its own from then on; or one that is so already. Where there is none, one is changed.
 */
async function restoreSeries(world: World, memory: Memory, chance: Chance): Promise<string> {
  const sight = await look(world);
  const cancelled = await listCancelled(world);
  const gone = sight.here.filter((row) => {
    if (row.isLive || !isOfSeries(row.mark)) return false;
    const own = sight.series.crm.filter(({ mark }) => mark === row.mark);
    if (row.seriesId !== null) {
      return !row.isDeleted && cancelled.has(row.id) && own.some(({ id }) => id === row.seriesId);
    }
    if (row.lines) return own.length === 0;
    // Its day may be in a half that is not known here yet.
    const isKnown = sides.every((side) => isLevel(sight, row.mark, side));
    return isKnown && !slotsOf(own, row.mark).has(slotOf(row.when));
  });
  if (gone.length === 0) return changeSeries(world, memory, chance, null);
  const row = chance.pick(gone);
  const family = memory.families.get(row.mark);
  if (!family) return `not restoring ${row.mark}`;
  const agreed = agreementOn(world, sight, family.mark);
  await restoreOneHere(world, chance, row);
  const before = slotsOf(sight.series.crm, family.mark);
  const after = slotsOf(seeSeriesHere(await seeHere(world)), family.mark);
  const back = [...after.keys()].filter((slot) => !before.has(slot));
  const isWhole = row.lines !== null;
  const left = sides.map((side) => slotsOf(sight.series[side], family.mark));
  const isAsHere = (view: Slots) =>
    view.size === 0 ||
    [...after.keys(), ...view.keys()].every((slot) => isAlikeIn([after, view], slot));
  const isKnown = isWhole ? left.every(isAsHere) : back.every((slot) => agreed(slot, 'there'));
  // What was said of it in a calendar that has not been told of its deletion yet is still to be heard.
  if (isWhole && !isKnown) family.isBlurred = true;
  if (isWhole) family.isChanged = true;
  else for (const slot of back) storyOf(family, slot).isApart = true;
  noteRestored(family, back, isKnown);
  return `restore series ${row.mark} ${row.originalStart ?? ''}: ${back.join(' ')}`;
}

/** Those that the pages offer to put back; of what keeps a date's place empty no history tells. */
async function listCancelled({ admin, tenantId }: World): Promise<Set<string>> {
  const { rows } = await admin.query<{ event_id: string }>(
    `select distinct event_id from event_history where tenant_id = $1 and change = 'cancelled'`,
    [tenantId],
  );
  return new Set(rows.map(({ event_id }) => event_id));
}

const describe = ({ kind, series, slot, changes, rule, when }: Plan, by: Actor) =>
  [
    `${kind} of ${series.mark} at ${by}`,
    slot,
    Object.keys(changes).join(' '),
    rule?.line ?? '',
    kind === 'move all' || kind === 'split' ? JSON.stringify(Object.values(when).slice(1)) : '',
  ]
    .filter(Boolean)
    .join(' ');

/** Others mend these at the moment: see the comment at `isOpen`. */
const isMendedElsewhere = ([here, there]: readonly [SeriesKind, SeriesKind]): boolean =>
  isRuleKind(here) && isOneKind(there);

/**
 * What nobody does, since what becomes of it is not decided yet, or no engine can know:
 * - an occurrence is changed in a calendar while its series recurs otherwise here or is deleted here,
 *   which has not got there yet, or the other way about;
 * - an occurrence that was deleted there and changed here is changed again here (put back);
 * - at Graph, a series is deleted before anybody here has heard of it (no tombstone can be asked for);
 * - of a series that is several at Graph one is split there, the last one deleted, or any changed while they
 *   are not what they are to be: see docs/decisions/0016-parts.md.
 */
function isOpen(
  sight: Sight,
  { kind, series, by }: { kind: SeriesKind; series: SeenSeries; by: Actor },
): boolean {
  const { mark } = series;
  if (by === 'crm') {
    // One that became an event of its own is edited as any event.
    if (isOneDate(series)) return false;
    const places = isRuleKind(kind) ? sidesOf(sight, mark) : [];
    return places.every((side) => isLevel(sight, mark, side));
  }
  const followed = sight.here.some(({ links }) =>
    links.some((link) => link.side === by && link.externalId === series.id),
  );
  if (isOneDate(series)) return isOneKind(kind) && isLevel(sight, mark, by);
  if (by === 'outlook' && kind === 'delete all' && !followed) return false;
  if (isDivided(sight, series, by)) {
    if (kind === 'split' || !isLevel(sight, mark, by)) return false;
    if (kind === 'delete all' && partsWith(sight, series, by).length < 2) return false;
  }
  return !isOneKind(kind) || !followed || isLevel(sight, mark, by);
}

/** How a series here is with its copy there, which may be several. */
const linksOf = ({ here }: Sight, { id }: SeenSeries, side: Side) => linksAt(here, id, side);

const copyOf = (sight: Sight, series: SeenSeries, side: Side): SeenSeries[] =>
  partsOf(linksOf(sight, series, side), sight.series[side]);

const ownerOf = (sight: Sight, { id }: SeenSeries, side: Side): SeenSeries | undefined =>
  sight.series.crm.find((ours) =>
    linksOf(sight, ours, side).some(({ externalId }) => externalId === id),
  );

/** The series and those that are one copy with it. */
function partsWith(sight: Sight, series: SeenSeries, by: Actor): SeenSeries[] {
  const ours = by === 'crm' ? undefined : ownerOf(sight, series, by as Side);
  return ours ? copyOf(sight, ours, by as Side) : [series];
}

/** Of one that is deleted here, others may be gone there already. */
const isDivided = ({ here }: Sight, { id }: SeenSeries, by: Side): boolean =>
  here.some(({ isLive, links }) => {
    const own = links.filter(({ side, state }) => side === by && (!isLive || state !== 'closed'));
    return own.length > 1 && own.some(({ externalId }) => externalId === id);
  });

/** Where the family is meant to be besides here. */
function sidesOf(sight: Sight, mark: string): Side[] {
  const own = sight.series.crm.filter((series) => series.mark === mark);
  return sides.filter((side) =>
    own.some((series) => linksOf(sight, series, side).some(({ state }) => state !== 'refused')),
  );
}

/** Each series of the family there is one here, with the same days at the same times. */
function isLevel(sight: Sight, mark: string, side: Side): boolean {
  const theirs = sight.series[side].filter((series) => series.mark === mark);
  const ours = sight.series.crm.filter(
    (series) => series.mark === mark && linksOf(sight, series, side).length > 0,
  );
  const copies = ours.map((series) => ({ series, parts: copyOf(sight, series, side) }));
  return (
    copies.flatMap(({ parts }) => parts).length === theirs.length &&
    copies.every(({ series, parts }) => {
      const slots = slotsOf(parts, mark);
      return slots.size === series.slots.size && areAlike(series.slots, slots, side);
    })
  );
}

/** Outlook holds every way to show an occurrence. */
const areAlike = (ours: Slots, theirs: Slots, side: Side) =>
  [...ours].every(([slot, seen]) => {
    const other = theirs.get(slot);
    const isShownAlike = side !== 'outlook' || seen.values.showAs === other?.values.showAs;
    return other !== undefined && isShownAlike && isAlike(seen, other);
  });

const isAlikeIn = ([first, ...others]: readonly Slots[], slot: string) =>
  others.every((other) => {
    const [ours, theirs] = [first?.get(slot), other.get(slot)];
    return ours === undefined
      ? theirs === undefined
      : theirs !== undefined && isAlike(ours, theirs);
  });

/** As far as a side can tell. */
const isAsBusyIn = ({ series }: Sight, mark: string, slot: Slot): boolean =>
  sides.every((side) => {
    const [here, there] = [series.crm, series[side]].map((all) => slotsOf(all, mark).get(slot));
    if (!here || !there) return true;
    return heldBy(side, 'showAs', here.values.showAs) === there.values.showAs;
  });

/** What all sides say alike while nothing of the family is under way. */
function agreementOn(world: World, sight: Sight, mark: string): IsAgreed {
  const rows = sight.here.filter((row) => row.mark === mark);
  const links = rows.flatMap((row) => row.links).filter(({ state }) => state !== 'closed');
  const places = sidesOf(sight, mark);
  const isUnderWay = links.some(
    (link) =>
      places.includes(link.side) &&
      (link.state !== 'synced' || (link.nextAttemptAt && !isAnchor(link)) || link.sent),
  );
  if (!isAllHeard(world)) return () => false;
  if (places.length === 0 || isUnderWay || /late|stalled/.test(world.sky)) return () => false;
  const views = [sight.series.crm, ...places.map((side) => sight.series[side])].map((all) =>
    slotsOf(all, mark),
  );
  // A half that a client has just made is a copy of what was there: nobody here can mean it yet.
  const unheard = places.flatMap((side) =>
    sight.series[side].filter(
      (series) => series.mark === mark && ownerOf(sight, series, side) === undefined,
    ),
  );
  // A day of both halves, until it is heard here that one of them ends before it.
  const isTwice = (all: readonly SeenSeries[], slot: Slot) =>
    all.filter((series) => series.mark === mark && series.slots.has(slot)).length > 1;
  return (slot, unit) => {
    if (unit === 'showAs' || unheard.some(({ slots }) => slots.has(slot))) return false;
    if (isTwice(sight.series.crm, slot)) return false;
    // A day that is edited where not all know it yet outlives a deletion (SPEC D4).
    if (unit === 'there' && !(isAlikeIn(views, slot) && isAsBusyIn(sight, mark, slot)))
      return false;
    const said = views.map((view) =>
      unit === 'there' ? view.has(slot) : view.get(slot)?.values[unit],
    );
    return said.every((one) => one !== undefined && one === said[0]);
  };
}

/** Which days there are is not foreseen where two say so at once, or one before all know. */
function blur(family: Family, sight: Sight, plans: readonly Plan[]): void {
  const count = plans.filter(({ kind }) => isRuleKind(kind)).length;
  if (count === 0) return;
  family.isChanged = true;
  const isLevelWith = (side: Side) => isLevel(sight, family.mark, side);
  // Of a write without an answer nobody can tell whether another rule came before it or after.
  const isUnanswered = sight.here.some(
    ({ mark, lines, links }) => mark === family.mark && lines && links.some(({ sent }) => sent),
  );
  const isKnown = !isUnanswered && sidesOf(sight, family.mark).every(isLevelWith);
  const isRuled = plans.some(({ kind }) => kind === 'change rule');
  // Deleted here, it may come back from each of its calendars with another rule.
  const isGone = sight.here.some(
    ({ mark, lines, isLive }) => mark === family.mark && lines && !isLive,
  );
  if (count > 1 || !isKnown || isGone || (isRuled && !isWholeEverywhere(sight, family.mark))) {
    family.isBlurred = true;
  }
}

/**
 * A half that was split off in a calendar under another name is taken for no half and is only there: whoever
 * gives the other half a new rule elsewhere does not see its days, and may well put some on the same.
 */
function isWholeEverywhere(sight: Sight, mark: string): boolean {
  const own = sight.series.crm.filter((series) => series.mark === mark);
  return sidesOf(sight, mark).every((side) =>
    own.every((series) => linksOf(sight, series, side).length > 0),
  );
}

/** Whether each day of it says the same everywhere. */
function isHeard(sight: Sight, mark: string): boolean {
  const shown = [sight.series.crm, ...sidesOf(sight, mark).map((side) => sight.series[side])];
  const views = shown.map((all) => slotsOf(all, mark));
  const days = new Set(views.flatMap((view) => [...view.keys()]));
  return [...days].every((slot) => isAlikeIn(views, slot) && isAsBusyIn(sight, mark, slot));
}

interface Doing {
  family: Family;
  plan: Plan;
  /** Null: here. */
  place: Place | null;
  /** Before anybody did anything. */
  sight: Sight;
}

async function carryOut(
  world: World,
  chance: Chance,
  { family, plan, place, sight }: Doing,
  act: { agreed: IsAgreed; rivals: readonly Change[]; winner: Actor | null },
): Promise<void> {
  const by = place?.side ?? 'crm';
  const before = valuesIn(slotsOf(sight.series[by], family.mark));
  await (place ? doThere(world, place, plan) : doHere(world, chance, plan));
  const seen = place
    ? withOwnDates(sight.here, await seeSeriesThere(world, place.side), place.side)
    : seeSeriesHere(await seeHere(world));
  const after: Wanted = valuesIn(slotsOf(seen, family.mark));
  // A client makes the second half anew: it has nothing of what was said of single days.
  const wanted = place && plan.kind === 'split' ? after : plan.wanted;
  const { agreed: isAgreed, rivals, winner } = act;
  const isOwn = isOneKind(plan.kind);
  const here = valuesIn(slotsOf(sight.series.crm, family.mark));
  const changes = diff(before, wanted);
  const said = isOwn ? changes : withoutDropped(family, changes, { by, seen: before, here });
  note(family, said, { by, isOwn, isAgreed, rivals, winner });
  if (sidesOf(sight, family.mark).includes('google')) noteLeftOut(family, changes);
  if (place && plan.kind === 'split') {
    const copied = new Map([...after].filter(([slot]) => slot >= plan.slot));
    noteCopied(family, copied, { by, isAgreed, rivals });
  }
  if (plan.kind === 'edit one') {
    // A date that is there by itself shows nothing of what its series says.
    const ofAll = isOneDate(plan.series) && ownerOf(sight, plan.series, by as Side);
    const usual = valuesOn(ofAll || plan.series, plan.slot);
    noteAsUsual(family, plan.slot, diff(before, wanted), usual);
  }
  if (plan.kind === 'edit all') {
    noteOvertaken(family, plan.series.slots.keys(), wordsOfChanges(plan.changes), by);
  }
  noteSeen(family, by, before);
  if (plan.kind === 'delete all' && !isHeard(sight, family.mark)) {
    noteUnheard(family, before.keys());
  }
  // All of it is edited at the same time, and stays: also the days that say otherwise by themselves.
  if (plan.kind === 'delete all' && winner !== null && rivals.length > 0) {
    const isNamed = (day: Slot) => rivals.some(({ slot }) => slot === day);
    noteUnheard(
      family,
      [...before.keys()].filter((day) => !isNamed(day)),
    );
  }
  const differing = diff(after, wanted);
  if (place) noteDropped(family, differing, { by, isAgreed, rivals });
  else {
    const isTwice = (all: readonly SeenSeries[], slot: Slot) =>
      all.filter(({ mark, slots }) => mark === family.mark && slots.has(slot)).length > 1;
    for (const { slot, unit, value } of differing) {
      // Two had split it before either heard of the other: which of both is seen is not known.
      if (isTwice(seen, slot) || isTwice(sight.series.crm, slot)) continue;
      const [found, old] = [after, before].map((all) => all.get(slot));
      const is = unit === 'there' ? (found ? 'yes' : 'no') : found?.[unit];
      const was = unit === 'there' ? (old ? 'yes' : 'no') : old?.[unit];
      family.complaints.push(
        `${describe(plan, by)}: ${unit} on ${slot} is "${is}", was "${was}", wanted was "${value}"`,
      );
    }
  }
}

/** As the API does it (src/api/routes/occurrences.ts, activities.ts). */
async function doHere(world: World, chance: Chance, plan: Plan): Promise<void> {
  const { kind, series, slot, changes, when, rule } = plan;
  const here = await seeHere(world);
  const row = here.find(({ id }) => id === series.id);
  const { when: old, version = 0 } = row ?? { when };
  const own = here.find(
    ({ seriesId, originalStart, isDeleted }) =>
      seriesId === series.id && !isDeleted && originalStart?.startsWith(slot),
  );
  const originalStart =
    own?.originalStart ?? (old.kind === 'all-day' ? slot : `${slot}${old.start.slice(10)}`);
  const { userId } = world;
  const base = { eventId: series.id as EventId, userId, version, ...occasion(world, chance) };
  const one = { ...base, originalStart, quietProviders };
  const outcome = await inTenant<string>(world.store, scopeOf(world), async (tx) => {
    switch (kind) {
      case 'edit one':
        return editOccurrence(tx, { ...one, version: own?.version ?? version, changes });
      case 'cancel one':
        return cancelOccurrence(tx, one);
      case 'edit all':
        return editEvent(tx, { ...base, changes });
      case 'move all':
        return editEvent(tx, {
          ...base,
          changes: { when, ...(await movedRule(tx, series, when)) },
        });
      case 'change rule': {
        const recurrence = parseRecurrence([rule?.line ?? ''], when);
        return editEvent(tx, { ...base, changes: { recurrence } });
      }
      case 'split': {
        const moved = when === series.when ? {} : { when: whenOn(when, slot) };
        return editFollowing(tx, { ...one, changes: { ...changes, ...moved } });
      }
      case 'end':
        return deleteFollowing(tx, one);
      case 'delete all':
        return deleteEvent(tx, base);
    }
  });
  if (outcome === 'not-found' || outcome === 'changed-meanwhile') {
    throw new Error(`${describe(plan, 'crm')} ended as ${outcome}`);
  }
}

async function movedRule(
  tx: TenantTransaction,
  { id, when }: SeenSeries,
  moved: When,
): Promise<Partial<EventFields>> {
  const { recurrence } = await tx
    .selectFrom('calendar_events')
    .select('recurrence')
    .where('id', '=', id as EventId)
    .executeTakeFirstOrThrow();
  return recurrence
    ? { recurrence: moveSeries({ when, recurrence }, moved).series.recurrence }
    : {};
}

/** As the provider's own client does it. */
async function doThere(world: World, place: Place, plan: Plan): Promise<void> {
  const { kind, series, slot, changes, when, rule } = plan;
  const root = pathOf(place);
  const path = `${root}/${encodeURIComponent(isOneKind(kind) ? (series.slots.get(slot)?.id ?? '') : series.id)}`;
  const call = (method: string, to: string, body?: object) =>
    callAs(world.sandbox, place.side, place.email, method, to, body);
  const patch = (body: object) => call('PATCH', path, body);
  switch (kind) {
    case 'edit one':
    case 'edit all':
      await patch(bodyOf(place, changes, 'patch'));
      break;
    case 'cancel one':
    case 'delete all':
      await call('DELETE', path);
      break;
    case 'move all': {
      const times = bodyOf(place, { when }, 'patch');
      const lines = keepLastDay(series.when, series.lines, when);
      await patch({ ...times, ...sameRuleBody(place, series, lines, when) });
      break;
    }
    case 'change rule':
      await patch(rule ? ruleBody(place, rule, when) : {});
      break;
    case 'end':
    case 'split': {
      const { before, after } = cut(place, series, slot);
      await patch(before);
      if (kind === 'end') break;
      const fields = { ...fieldsOf(series), ...changes, when: whenOn(when, slot) };
      await call('POST', root, { ...bodyOf(place, fields, 'insert'), ...inZone(after, when) });
      break;
    }
  }
}

/** What the client copies into the second half. */
function fieldsOf({ values }: SeenSeries): Partial<EventFields> {
  const names: Record<string, string> = {
    out: 'out-of-office',
    workingElsewhere: 'working-elsewhere',
  };
  return {
    title: values.title,
    location: values.location,
    description: values.notes,
    showAs: (names[values.showAs] ?? values.showAs) as EventFields['showAs'],
  };
}

function ruleBody({ side }: Place, { line, graph }: Rule, when: When): object {
  return side === 'google' ? { recurrence: [line] } : inZone({ recurrence: graph }, when);
}

function sameRuleBody(
  { side }: Place,
  { graph }: SeenSeries,
  lines: readonly string[],
  when: When,
): object {
  return side === 'google' ? { recurrence: lines } : inZone({ recurrence: graph }, when);
}

/** Graph counts days in the zone that is said with the rule. */
function inZone(body: { recurrence?: GraphRule | readonly string[] | null }, when: When): object {
  const { recurrence } = body;
  if (!recurrence || !('pattern' in recurrence)) return body;
  const recurrenceTimeZone = when.kind === 'all-day' ? 'UTC' : when.timeZone;
  return { recurrence: { ...recurrence, range: { ...recurrence.range, recurrenceTimeZone } } };
}

function cut({ side }: Place, { when, lines, graph }: SeenSeries, slot: string) {
  if (side === 'google' || !graph) {
    const { before, after } = cutRule(when, lines, slot);
    return { before: { recurrence: before }, after: { recurrence: after } };
  }
  const { before, after } = cutGraphRule(when, graph, slot);
  return { before: { recurrence: before }, after: { recurrence: after } };
}
