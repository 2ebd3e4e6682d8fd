import { disconnect as disconnectWith } from '../../src/jobs/disconnect.ts';
import { deleteChannelsOfConnection } from '../../src/store/channels.ts';
import { changeCalendar } from '../../src/store/calendar-settings.ts';
import { closeCopies, deleteJobs, wakeCopies } from '../../src/store/connection-links.ts';
import { eraseTokens, lockConnection, reviveConnection } from '../../src/store/connections.ts';
import { beginSync } from '../../src/store/first-sync.ts';
import { inTenant } from '../../src/store/tenant.ts';
import type { Chance } from './chance.ts';
import type { Memory } from './memory.ts';
import type { Life } from './scheduler.ts';
import { blurAll } from './series-memory.ts';
import { grantTokens, occasion, openChannel, type Place, scopeOf, type World } from './world.ts';

/** One click: nothing is written or read there any more, and the copies stay, or are taken away. */
export async function disconnect(
  world: World,
  memory: Memory,
  place: Place,
  chance: Chance,
): Promise<string> {
  const { side } = place;
  const begun = world.disconnecting.get(side);
  if (world.disconnected.has(side) && !begun?.isDead) return `${side} is disconnected already`;
  world.disconnected.add(side);
  world.watch.forgetWait(side);
  unhear(memory);
  // What arrives after all was taken away is known as a limit of ours (docs/decisions/0007-simulation.md).
  const takesAway = begun !== undefined || (chance.is(0.4) && !/late/.test(world.sky));
  if (takesAway) {
    memory.takeAway(side);
    takeCopiesAway(world, memory, place);
    return `disconnect ${side} and take its copies away`;
  }
  await letGo(world, place);
  world.sandbox.expireAccessTokens({ provider: side });
  return `disconnect ${side}`;
}

/** What each side says meanwhile is heard of all at once. */
function unhear(memory: Memory): void {
  blurAll(memory);
  for (const { winners } of memory.stories.values()) winners.clear();
}

/** As `endGrant` of src/jobs/disconnect.ts does it, in one step. */
async function letGo(
  { store, tenantId, scheduler }: World,
  { connectionId }: Place,
): Promise<void> {
  const now = new Date(scheduler.now());
  await inTenant(store, { tenantId }, async (tx) => {
    await eraseTokens(tx, connectionId, null, now);
    await deleteJobs(tx, connectionId);
    await deleteChannelsOfConnection(tx, connectionId);
    await closeCopies(tx, connectionId, now);
  });
}

/** The request goes on by itself, among all the others; it may die, or fail, with half of it done. */
function takeCopiesAway(world: World, memory: Memory, { side, connectionId }: Place): void {
  const life: Life = { name: `disconnect of ${side}`, isDead: false, isAttended: true };
  world.disconnecting.set(side, life);
  const { tenantId } = world;
  void disconnectWith(world.createEngine(life), { tenantId, connectionId, deleteCopies: true })
    .then(() => world.disconnecting.delete(side))
    // With what was said in them meanwhile.
    .finally(() => memory.takeAway(side))
    .catch((error: unknown) => {
      life.isDead = true;
      const name = error instanceof Error ? error.name : 'unknown';
      if (name !== 'Injected') world.accidents.push(`a disconnect failed: ${String(error)}`);
    });
}

/** The person consents, again or anew: what waited goes on, and all of the calendar is looked at. */
export async function reconnect(world: World, memory: Memory, place: Place): Promise<string> {
  const { side, connectionId } = place;
  const ending = world.disconnecting.get(side);
  if (ending && !ending.isDead) return `${side} is being disconnected`;
  world.disconnecting.delete(side);
  world.revoked.delete(side);
  if (world.off.has(side)) memory.leaveOut(side);
  const isAnew = world.disconnected.delete(side);
  const at = world.scheduler.now();
  const now = new Date(at);
  const newId = () => world.chance.uuid();
  await inTenant(world.store, { tenantId: world.tenantId }, async (tx) => {
    const row = await lockConnection(tx, connectionId);
    if (!row || (row.state === 'active' && row.is_active)) return;
    const tokens = grantTokens(world, place, at);
    await reviveConnection(tx, connectionId, {
      email: place.email,
      grantedScopes: [],
      tokens,
      now,
    });
    // As `store` of src/jobs/connect.ts does it.
    await wakeCopies(tx, { connectionId, now, newId });
    await beginSync(tx, { connectionId, now, newId });
  });
  if (isAnew) await openChannel(world, place, now);
  return `reconnect ${side}`;
}

/** One click: nothing goes to the calendar or comes from it; by another it is the one for new events again. */
export async function switchCalendar(
  world: World,
  memory: Memory,
  place: Place,
  chance: Chance,
): Promise<string> {
  const { side } = place;
  unhear(memory);
  if (world.off.has(side)) return switchOn(world, place, chance);
  world.off.add(side);
  world.watch.forgetWait(side);
  await changeDirection(world, place, chance, 'none');
  return `switch ${side} off`;
}

export async function switchOn(world: World, place: Place, chance: Chance): Promise<string> {
  const { side } = place;
  if (!world.off.delete(side)) return `${side} is on`;
  await changeDirection(world, place, chance, 'both');
  await openChannel(world, place, new Date(world.scheduler.now()));
  return `switch ${side} on`;
}

async function changeDirection(
  world: World,
  { connectionId, calendarId }: Place,
  chance: Chance,
  direction: 'both' | 'none',
): Promise<void> {
  const outcome = await inTenant(world.store, scopeOf(world), async (tx) => {
    await lockConnection(tx, connectionId);
    const isWriteTarget = direction === 'both' ? true : undefined;
    const change = { connectionId, calendarId, direction, isWriteTarget, userId: world.userId };
    return changeCalendar(tx, { ...change, ...occasion(world, chance) });
  });
  if (outcome !== 'done') throw new Error(`switching to ${direction} ended as ${outcome}`);
}
