import type { EventFields } from '../../src/calendar/event.ts';
import type { EventId, LinkId } from '../../src/calendar/ids.ts';
import { resolveCopy } from '../../src/store/decisions.ts';
import { restoreEvent } from '../../src/store/restore.ts';
import { inTenant } from '../../src/store/tenant.ts';
import { undoChange } from '../../src/store/undo.ts';
import { type Choice, listChoices } from '../../src/sync/choices.ts';
import type { Conflict } from '../../src/sync/link.ts';
import type { Chance } from './chance.ts';
import { type Memory, type Unit, units } from './memory.ts';
import { emptyFields, wordsOf } from './typing.ts';
import { isOfSeries, type SeenHere, seeHere } from './views.ts';
import { occasion, scopeOf, type World } from './world.ts';

/* What people do here about what has happened: restore, settle, undo. */

/** One that was deleted here or in a calendar, while no other of its name lives; null where there is none. */
export async function restoreHere(
  world: World,
  memory: Memory,
  chance: Chance,
): Promise<string | null> {
  const here = (await seeHere(world)).filter(({ mark }) => !isOfSeries(mark));
  const isAlone = (mark: string) => here.every((one) => one.mark !== mark || !one.isLive);
  const gone = here.filter(({ mark }) => isAlone(mark));
  if (gone.length === 0) return null;
  const event = chance.pick(gone);
  await restoreOneHere(world, chance, event);
  memory.restore(event.mark);
  return `restore here ${event.mark}`;
}

export async function restoreOneHere(
  world: World,
  chance: Chance,
  { id, mark }: SeenHere,
): Promise<void> {
  const outcome = await inTenant(world.store, scopeOf(world), (tx) =>
    restoreEvent(tx, {
      eventId: id as EventId,
      userId: world.userId,
      ...occasion(world, chance),
    }),
  );
  if (outcome !== 'done') throw new Error(`restoring ${mark} here ended as ${outcome}`);
}

/**
 * Answers what is asked about one copy, of a series as well, as the pages offer it; null where nothing is.
 */
export async function settleHere(
  world: World,
  memory: Memory,
  chance: Chance,
): Promise<string | null> {
  const here = (await seeHere(world)).filter(({ isDeleted }) => !isDeleted);
  const asked = here.flatMap((event) =>
    event.links.flatMap((link) => listChoicesOf(link).map((choice) => ({ event, link, choice }))),
  );
  if (asked.length === 0) return null;
  const { event, link, choice } = chance.pick(asked);
  const { kind } = await inTenant(world.store, scopeOf(world), (tx) =>
    resolveCopy(tx, {
      eventId: event.id as EventId,
      linkId: link.id as LinkId,
      userId: world.userId,
      choice,
      ...occasion(world, chance),
    }),
  );
  if (kind !== 'done') throw new Error(`to ${choice} ${event.mark} here ended as ${kind}`);
  if (isOfSeries(event.mark)) {
    const family = memory.families.get(event.mark);
    // What becomes of it day by day is not foreseen, unless all stays as it is.
    const isAsItIs = choice === 'retry' || (choice === 'keep' && !link.isRevived);
    if (family && !isAsItIs) family.isBlurred = true;
  } else noteSettled(memory, { event, link }, choice);
  return `${choice} ${event.mark} ${event.originalStart ?? ''} at ${link.side} here`;
}

const listChoicesOf = ({ state, conflict, isRevived, copyId }: SeenHere['links'][number]) =>
  listChoices({
    state,
    conflict: conflict as Conflict[] | null,
    is_revived: isRevived,
    copy_id: copyId,
  });

function noteSettled(
  memory: Memory,
  { event, link }: { event: SeenHere; link: SeenHere['links'][number] },
  choice: Choice,
): void {
  const { mark, isLive } = event;
  const { conflict, isRevived } = link;
  if (choice === 'delete') memory.remove(mark, 'crm');
  if (choice === 'put-back' || (choice === 'keep' && isRevived && isLive)) memory.restore(mark);
  if (choice !== 'take-other') return;
  const lost = Object.fromEntries((conflict ?? []).map(({ unit, lost: value }) => [unit, value]));
  const words = wordsOf({ ...emptyFields, ...(lost as Partial<EventFields>) });
  for (const name of Object.keys(lost)) {
    const unit = (name === 'description' ? 'notes' : name) as Unit;
    memory.set(mark, 'crm', unit, words[unit]);
  }
}

/** Takes back one change that the history tells of, whoever made it, of a series as well. */
export async function undoHere(world: World, memory: Memory, chance: Chance): Promise<string> {
  const { rows } = await world.admin.query<{ id: string; event_id: string; change: string }>(
    'select id, event_id, change from event_history where tenant_id = $1 order by at, id',
    [world.tenantId],
  );
  const here = await seeHere(world);
  const entries = rows.filter(({ event_id }) => here.some(({ id }) => id === event_id));
  if (entries.length === 0) return 'nothing to undo here';
  const entry = chance.pick(entries);
  const isOf = ({ id }: SeenHere) => id === entry.event_id;
  const before = here.find(isOf) as SeenHere;
  const { mark } = before;
  // A second one of its name would be there.
  const isOther = here.some((one) => one.mark === mark && one.isLive && !isOf(one));
  if (isOther && !before.isLive && !isOfSeries(mark)) return `not undoing ${mark}`;
  const { kind } = await inTenant(world.store, scopeOf(world), (tx) =>
    undoChange(tx, {
      eventId: before.id as EventId,
      entryId: entry.id,
      userId: world.userId,
      ...occasion(world, chance),
    }),
  );
  if (kind !== 'done') return `undoing of ${mark} ${entry.change} is ${kind}`;
  const family = memory.families.get(mark);
  const after = (await seeHere(world)).find(isOf) as SeenHere;
  if (family) family.isBlurred = true;
  else if (before.isLive !== after.isLive) {
    if (after.isLive) memory.restore(mark);
    else memory.remove(mark, 'crm');
  } else {
    for (const unit of units) {
      const value = after.values[unit];
      if (value !== before.values[unit]) memory.set(mark, 'crm', unit, value);
    }
  }
  return `undo here ${mark} ${entry.change}`;
}
