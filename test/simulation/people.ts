import type { EventFields } from '../../src/calendar/event.ts';
import type { EventId } from '../../src/calendar/ids.ts';
import { createEvent, deleteEvent, editEvent } from '../../src/store/events.ts';
import { requestPull } from '../../src/store/pulls.ts';
import { inTenant } from '../../src/store/tenant.ts';
import { restoreHere, settleHere, undoHere } from './amends.ts';
import { type Chance, createChance } from './chance.ts';
import { disconnect, reconnect, switchCalendar } from './connecting.ts';
import { type Memory, type Unit, units } from './memory.ts';
import { bodyOf, drawFields, emptyFields, pathOf, wordsOf } from './typing.ts';
import { isOfSeries, type Seen, type SeenHere, seeHere, seeThere } from './views.ts';
import { callAs, isAllHeard, occasion, type Place, scopeOf, type World } from './world.ts';

/** What a person may do next. */
export type Act =
  | 'create here'
  | 'edit here'
  | 'delete here'
  | 'restore here'
  | 'settle here'
  | 'undo here'
  | 'create there'
  | 'edit there'
  | 'delete there'
  | 'change both'
  | 'revoke'
  | 'disconnect'
  | 'reconnect'
  | 'switch'
  | 'end tokens';

const weights: [Act, number][] = [
  ['create here', 4],
  ['create there', 3],
  ['edit here', 6],
  ['edit there', 6],
  ['delete here', 2],
  ['restore here', 1.5],
  ['settle here', 1.5],
  ['undo here', 1.5],
  ['delete there', 2],
  ['change both', 2],
  ['revoke', 0.3],
  ['disconnect', 0.4],
  ['reconnect', 0.8],
  ['switch', 0.8],
  ['end tokens', 0.6],
];

export function drawAct(chance: Chance): Act {
  const total = weights.reduce((sum, [, weight]) => sum + weight, 0);
  let left = chance.next() * total;
  for (const [act, weight] of weights) {
    left -= weight;
    if (left < 0) return act;
  }
  return 'edit here';
}

/** Does it, as one step that nothing interrupts, and remembers what was wanted. */
export async function perform(
  world: World,
  memory: Memory,
  act: Act,
  chance: Chance,
): Promise<string> {
  const place = chance.pick(world.places);
  switch (act) {
    case 'create here':
      return createHere(world, memory, chance);
    case 'edit here':
      return editHere(world, memory, chance);
    case 'delete here':
      return deleteHere(world, memory, chance);
    case 'restore here':
      return (await restoreHere(world, memory, chance)) ?? deleteHere(world, memory, chance);
    case 'settle here':
      // Where nothing is asked, what may be asked about.
      return (await settleHere(world, memory, chance)) ?? changeBoth(world, memory, place, chance);
    case 'undo here':
      return undoHere(world, memory, chance);
    case 'create there':
      return createThere(world, memory, place, chance);
    case 'edit there':
      return editThere(world, memory, place, chance);
    case 'delete there':
      return deleteThere(world, memory, place, chance);
    case 'change both':
      return changeBoth(world, memory, place, chance);
    case 'revoke':
      world.revoked.add(place.side);
      world.sandbox.expireAccessTokens({ provider: place.side });
      return `revoke ${place.side}`;
    case 'disconnect':
      return disconnect(world, memory, place, chance);
    case 'reconnect':
      return reconnect(world, memory, place);
    case 'switch':
      return switchCalendar(world, memory, place, chance);
    case 'end tokens':
      // Before their time, and without a word: the next call says so.
      world.sandbox.expireAccessTokens({ provider: place.side });
      return `the access tokens of ${place.side} end`;
  }
}

/** Single events: series are series-people.ts'. */
const seeLive = async (world: World) =>
  (await seeHere(world)).filter(({ isLive, mark }) => isLive && !isOfSeries(mark));

async function createHere(world: World, memory: Memory, chance: Chance): Promise<string> {
  const mark = `m${memory.stories.size}`;
  const fields = drawFields(chance, mark);
  const event = {
    eventId: chance.uuid() as EventId,
    leadId: null,
    ownerId: world.userId,
    fields,
    ...occasion(world, chance),
  };
  await inTenant(world.store, scopeOf(world), (tx) => createEvent(tx, event));
  memory.begin(mark, 'crm', wordsOf(fields));
  for (const side of world.off) memory.leaveOut(side, mark);
  return `create here ${mark}`;
}

async function editHere(world: World, memory: Memory, chance: Chance): Promise<string> {
  const live = await seeLive(world);
  if (live.length === 0) return 'nothing to edit here';
  return editOneHere(world, memory, chance, chance.pick(live));
}

async function editOneHere(
  world: World,
  memory: Memory,
  chance: Chance,
  event: SeenHere,
  from: readonly Unit[] = units,
): Promise<string> {
  const changes = drawChanges(chance, event, from);
  if (Object.keys(changes).length === 0) return 'no change here';
  const agreed = await listAgreed(world, event);
  const outcome = await inTenant(world.store, scopeOf(world), (tx) =>
    editEvent(tx, {
      eventId: event.id as EventId,
      userId: world.userId,
      version: event.version,
      changes,
      ...occasion(world, chance),
    }),
  );
  if (outcome !== 'done') throw new Error(`an edit here ended as ${outcome}`);
  noteChanges(memory, event, 'crm', changes, agreed);
  return `edit here ${event.mark} ${Object.keys(changes).join(' ')}`;
}

async function deleteHere(world: World, memory: Memory, chance: Chance): Promise<string> {
  const live = await seeLive(world);
  if (live.length === 0) return 'nothing to delete here';
  return deleteOneHere(world, memory, chance, chance.pick(live));
}

async function deleteOneHere(
  world: World,
  memory: Memory,
  chance: Chance,
  event: SeenHere,
): Promise<string> {
  await inTenant(world.store, scopeOf(world), (tx) =>
    deleteEvent(tx, {
      eventId: event.id as EventId,
      userId: world.userId,
      ...occasion(world, chance),
    }),
  );
  memory.remove(event.mark, 'crm');
  return `delete here ${event.mark}`;
}

async function createThere(
  world: World,
  memory: Memory,
  place: Place,
  chance: Chance,
): Promise<string> {
  const mark = `m${memory.stories.size}`;
  const fields = drawFields(chance, mark, place);
  await callAs(
    world.sandbox,
    place.side,
    place.email,
    'POST',
    pathOf(place),
    bodyOf(place, fields, 'insert'),
  );
  memory.begin(mark, place.side, wordsOf(fields));
  await ring(world, place, chance);
  return `create at ${place.side} ${mark}`;
}

async function editThere(
  world: World,
  memory: Memory,
  place: Place,
  chance: Chance,
): Promise<string> {
  const live = (await seeThere(world, place.side)).filter(({ mark }) => !isOfSeries(mark));
  if (live.length === 0) return `nothing to edit at ${place.side}`;
  const what = await editOneThere(world, memory, place, chance, chance.pick(live));
  await ring(world, place, chance);
  return what;
}

async function editOneThere(
  world: World,
  memory: Memory,
  place: Place,
  chance: Chance,
  event: Seen,
  from: readonly Unit[] = units,
): Promise<string> {
  const changes = drawChanges(chance, event, from, place);
  if (Object.keys(changes).length === 0) return `no change at ${place.side}`;
  const here = (await seeHere(world)).find(({ links }) =>
    links.some(({ side, externalId }) => side === place.side && externalId === event.id),
  );
  const agreed = here?.isLive ? await listAgreed(world, here) : [];
  const path = `${pathOf(place)}/${encodeURIComponent(event.id)}`;
  await callAs(
    world.sandbox,
    place.side,
    place.email,
    'PATCH',
    path,
    bodyOf(place, changes, 'patch'),
  );
  noteChanges(memory, event, place.side, changes, agreed);
  return `edit at ${place.side} ${event.mark} ${Object.keys(changes).join(' ')}`;
}

async function deleteThere(
  world: World,
  memory: Memory,
  place: Place,
  chance: Chance,
): Promise<string> {
  const live = await seeDeletable(world, place);
  if (live.length === 0) return `nothing to delete at ${place.side}`;
  const what = await deleteOneThere(world, memory, place, chance.pick(live));
  await ring(world, place, chance);
  return what;
}

/**
 * What can be deleted there. Graph keeps no trace of a deleted event that one could ask for: a copy
 * deleted before it is known here, after its creation's answer was lost, is made again. That is a
 * limit of ours (docs/decisions/0007-simulation.md), so nobody does it here.
 */
async function seeDeletable(world: World, place: Place): Promise<Seen[]> {
  const there = (await seeThere(world, place.side)).filter(({ mark }) => !isOfSeries(mark));
  if (place.side === 'google') return there;
  const here = await seeHere(world);
  return there.filter(({ id, mark }) => {
    const links = here.filter((event) => event.mark === mark).flatMap((event) => event.links);
    const waiting = links.filter((link) => link.side === place.side && link.externalId === null);
    return waiting.length === 0 || links.some((link) => link.externalId === id);
  });
}

async function deleteOneThere(
  world: World,
  memory: Memory,
  place: Place,
  event: Seen,
): Promise<string> {
  const path = `${pathOf(place)}/${encodeURIComponent(event.id)}`;
  await callAs(world.sandbox, place.side, place.email, 'DELETE', path);
  memory.remove(event.mark, place.side);
  return `delete at ${place.side} ${event.mark}`;
}

/**
 * One event changed on both sides before either hears of the other: nobody rings. The same unit, as
 * often as not, or a deletion on one side.
 */
async function changeBoth(
  world: World,
  memory: Memory,
  place: Place,
  chance: Chance,
): Promise<string> {
  const copies = await seeDeletable(world, place);
  const pairs = (await seeLive(world)).flatMap((here) => {
    const there = copies.find(({ mark }) => mark === here.mark);
    return there ? [{ here, there }] : [];
  });
  if (pairs.length === 0) return `nothing to change on both sides of ${place.side}`;
  const { here, there } = chance.pick(pairs);
  const setCount = memory.stories.get(here.mark)?.sets.length ?? 0;
  const isForeseen = isAllHeard(world);
  const from = chance.is(0.5) ? [chance.pick(units)] : units;
  // Now and then both do the same.
  const seed = chance.integer(1, 1_000_000);
  const isSame = chance.is(0.2);
  const draw = () => (isSame ? createChance(seed) : chance);
  const [isDeletedHere, isDeletedThere] = chance.pick([
    [false, false],
    [false, false],
    [true, false],
    [false, true],
  ] as const);
  const changes = [
    () =>
      isDeletedHere
        ? deleteOneHere(world, memory, chance, here)
        : editOneHere(world, memory, draw(), here, from),
    () =>
      isDeletedThere
        ? deleteOneThere(world, memory, place, there)
        : editOneThere(world, memory, place, draw(), there, from),
  ];
  if (chance.is(0.5)) changes.reverse();
  const told: string[] = [];
  for (const change of changes) told.push(await change());
  if (!isDeletedHere && !isDeletedThere && isForeseen)
    noteWinners(memory, place, { here, there }, setCount);
  return told.join(', ');
}

/**
 * Where the two agreed and nothing was under way, what both changed is won by the side that the event
 * was made on.
 */
function noteWinners(
  memory: Memory,
  { side }: Place,
  pair: { here: SeenHere; there: Seen },
  setCount: number,
): void {
  const { mark, values, links } = pair.here;
  const story = memory.stories.get(mark);
  const link = links.find((one) => one.side === side && one.externalId === pair.there.id);
  if (!story || !link || isUnderWay(link)) return;
  const news = story.sets.slice(setCount);
  const others = links.filter(
    (one) => one.side !== side && one.state !== 'closed' && isUnderWay(one),
  );
  for (const unit of units) {
    const before = values[unit];
    // What somebody said in another calendar may not have been heard yet, and to that one nothing was said since.
    if (others.some((one) => story.sets.some((set) => set.by === one.side && set.unit === unit))) {
      continue;
    }
    // What one side cannot hold of the other's words may look like no change there.
    if (unit === 'showAs' || pair.there.values[unit] !== before) continue;
    const [ours, theirs] = (['crm', side] as const).map((by) =>
      news.findLast((set) => set.by === by && set.unit === unit),
    );
    if (!ours || !theirs || ours.value === theirs.value) continue;
    if (ours.value === before || theirs.value === before) continue;
    memory.expect(mark, unit, story.madeBy === 'crm' ? ours : theirs);
  }
}

/** A notification: mostly, sometimes twice, sometimes not at all. */
export async function ring(world: World, place: Place, chance: Chance): Promise<void> {
  const times = chance.pick([0, 1, 1, 1, 2]);
  for (let count = 0; count < times; count++) await askToLook(world, place);
}

export async function askToLook(world: World, place: Place): Promise<void> {
  if (world.disconnected.has(place.side)) return;
  await inTenant(world.store, { tenantId: world.tenantId }, (tx) =>
    requestPull(tx, [place], {
      now: new Date(world.scheduler.now()),
      newId: () => world.chance.uuid(),
    }),
  );
}

/** Only what changes something: to type what is there already is no edit. */
function drawChanges(
  chance: Chance,
  event: Seen,
  from: readonly Unit[],
  place?: Place,
): Partial<EventFields> {
  const drawn = drawFields(chance, event.mark, place);
  const words = wordsOf(drawn);
  const count = chance.integer(1, 3);
  const changes: Partial<EventFields> = {};
  for (let index = 0; index < count; index++) {
    const unit = chance.pick(from);
    if (words[unit] === event.values[unit]) continue;
    if (unit === 'notes') changes.description = drawn.description;
    else Object.assign(changes, { [unit]: drawn[unit] });
  }
  return changes;
}

const isUnderWay = ({ state, nextAttemptAt, sent }: SeenHere['links'][number]) =>
  state !== 'synced' || nextAttemptAt !== null || sent;

/**
 * What the event and all of its copies say alike while nothing is under way: who changes that, and
 * nobody else does, is obeyed. A write that arrives late would be one more who does.
 */
async function listAgreed(world: World, here: SeenHere): Promise<Unit[]> {
  const links = here.links.filter(({ state }) => state !== 'closed');
  if (!isAllHeard(world)) return [];
  if (links.length === 0 || links.some(isUnderWay) || /late|stalled/.test(world.sky)) return [];
  let agreed: readonly Unit[] = units;
  for (const { side, externalId } of links) {
    const copy = (await seeThere(world, side)).find(({ id }) => id === externalId);
    agreed = agreed.filter((unit) => copy?.values[unit] === here.values[unit]);
  }
  // What one side cannot hold of the other's words may look like no change there.
  return agreed.filter((unit) => unit !== 'showAs');
}

function noteChanges(
  memory: Memory,
  event: Seen,
  by: 'crm' | Place['side'],
  changes: Partial<EventFields>,
  agreed: readonly Unit[],
): void {
  const words = wordsOf({ ...emptyFields, ...changes });
  for (const [name] of Object.entries(changes)) {
    const unit = (name === 'description' ? 'notes' : name) as Unit;
    const value = words[unit];
    memory.set(event.mark, by, unit, value);
    if (agreed.includes(unit)) memory.expect(event.mark, unit, { by, value });
  }
}
