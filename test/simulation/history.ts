import { createHash } from 'node:crypto';
import type pg from 'pg';
import { runOneJob } from '../../src/jobs/worker.ts';
import type { Store } from '../../src/store/pool.ts';
import { type Chance, createChance } from './chance.ts';
import { type Complaint, judge, judgeOff, judgeSleep } from './judge.ts';
import { createMemory } from './memory.ts';
import { reconnect, switchOn } from './connecting.ts';
import { type Act, askToLook, drawAct, perform } from './people.ts';
import type { Life } from './scheduler.ts';
import { drawSeriesAct, performSeries, type SeriesAct } from './series-people.ts';
import { tellEvents } from './tell.ts';
import { createWorld, START, type World } from './world.ts';

/** More than any history needs: one that gets there goes round and round. */
const STEPS_MAX = 6_000;
const MINUTE_MS = 60_000;
/** Of all histories; in these most of what people do is about series. */
const SERIES_SHARE = 0.4;
export const hasSeries = (seed: number): boolean => createChance(seed + 0.5).is(SERIES_SHARE);
/** Longer than every back-off, pause and cool-down. */
const CALM_MS = 2 * 60 * MINUTE_MS;

export interface HistoryOptions {
  seed: number;
  /** Kinds of fault that may happen; null: as the seed draws them. For shrinking. */
  only?: ReadonlySet<string> | null;
  /** Acts to leave out, by number. For shrinking. */
  without?: ReadonlySet<number>;
  isTold?: boolean;
}

export interface HistoryResult {
  seed: number;
  complaints: Complaint[];
  trace: string[];
  /** Of the trace: the same seed gives the same. */
  hash: string;
  actCount: number;
  stepCount: number;
  callCount: number;
  weather: string;
  /** Of every event, if they were to be told. */
  told: string[];
}

/** Plays one history: people act, workers work, everything goes wrong; then it is calm, and judged. */
export async function playHistory(
  base: { store: Store; admin: pg.Client },
  { seed, only = null, without = new Set(), isTold = false }: HistoryOptions,
): Promise<HistoryResult> {
  const chance = createChance(seed);
  const world = await createWorld(base, { seed, chance: chance.fork(), only });
  const weather = world.weather.describe();
  const memory = createMemory();
  const { scheduler } = world;
  const { trace } = scheduler;
  const workers = startWorkers(world, chance.integer(1, 3));
  const actCount = chance.integer(4, 14);
  const plan = { actCount, without, hasSeries: hasSeries(seed), chance: chance.fork() };
  const people = playPeople(world, memory, plan);

  let stepCount = 0;
  const run = async (until: number, isOver = () => false) => {
    while (!isOver() && scheduler.now() < until && (await scheduler.step(until))) {
      workers.replaceDead();
      if (++stepCount > STEPS_MAX) throw new Error('the history does not end');
    }
    if (!isOver() && scheduler.now() < until) scheduler.advance(until - scheduler.now());
  };

  const complaints: Complaint[] = [];
  try {
    await scheduler.settle();
    await run(START + 24 * 60 * MINUTE_MS, () => people.isDone());
    if (people.error) throw people.error;
    trace.push('all is calm now');
    world.weather.clear();
    // Who disconnects waits for the end of it; what is in a calendar that is switched off says so soon.
    const isEnding = () => [...world.disconnecting.values()].some(({ isDead }) => !isDead);
    await run(scheduler.now() + 10 * MINUTE_MS, () => !isEnding() && world.off.size === 0);
    complaints.push(...(await judgeOff(world)));
    for (const place of world.places) {
      await reconnect(world, memory, place);
      await switchOn(world, place, chance);
    }
    ringBell(world);
    await run(scheduler.now() + CALM_MS);
    complaints.push(...(await judgeSleep(world)));
    // A worker that was stalled may have told only now that a grant is dead.
    for (const place of world.places) await reconnect(world, memory, place);
    const look = async ({ isWhole }: { isWhole: boolean }) => {
      const { writeCount } = world;
      await lookAround(world, isWhole);
      ringBell(world);
      await run(scheduler.now() + 10 * MINUTE_MS);
      return world.writeCount > writeCount;
    };
    const hasNews = await look({ isWhole: /listing/.test(weather) });
    let hasWritten = await look({ isWhole: false });
    // What a calendar makes of what is written to it after one look is heard in the next.
    if (hasNews && hasWritten) hasWritten = await look({ isWhole: false });
    complaints.push(...(await judge(world, memory)));
    if (hasWritten) {
      complaints.push({ kind: 'stuck', text: 'a look at what is agreed on writes something' });
    }
  } catch (error) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    complaints.push({ kind: 'stuck', text });
  }
  workers.stop();
  const told = isTold ? await tellEvents(world) : [];
  await world.admin.query('delete from jobs where tenant_id = $1', [world.tenantId]);
  const hash = createHash('sha256').update(trace.join('\n')).digest('hex').slice(0, 16);
  const { callCount } = world;
  return { seed, complaints, trace, hash, actCount, stepCount, callCount, weather, told };
}

/** Something may be due now. */
function ringBell(world: World): void {
  world.changeCount++;
  world.scheduler.wake('idle');
}

/** One look at each calendar; a whole one, as once a week, where a listing may have lied. */
async function lookAround(world: World, isWhole: boolean): Promise<void> {
  if (isWhole) {
    await world.admin.query('update calendars set next_full_pull_at = $2 where tenant_id = $1', [
      world.tenantId,
      new Date(START),
    ]);
  }
  for (const place of world.places) await askToLook(world, place);
}

/** Keeps so many workers alive: one that is killed is followed by another. */
function startWorkers(world: World, count: number) {
  const { scheduler } = world;
  let number = 0;
  const lives: Life[] = [];
  const start = (delayMs: number) => {
    const life: Life = { name: `worker ${++number}`, isDead: false };
    lives.push(life);
    void work(world, life, delayMs).catch((error: unknown) => world.accidents.push(String(error)));
  };
  for (let index = 0; index < count; index++) start(0);
  return {
    replaceDead() {
      for (const life of lives.filter(({ isDead }) => isDead)) {
        lives.splice(lives.indexOf(life), 1);
        scheduler.trace.push(`${life.name} is followed by another`);
        start(world.chance.integer(100, 20_000));
      }
    },
    stop() {
      for (const life of lives) life.isDead = true;
    },
  };
}

async function work(world: World, life: Life, delayMs: number): Promise<void> {
  const { scheduler } = world;
  const engine = world.createEngine(life);
  if (delayMs > 0) await scheduler.park(life, 'starts', delayMs);
  for (;;) {
    const waitMs = await untilClaimableMs(world, engine.runtime.now);
    if (waitMs > 0) {
      await scheduler.park(life, 'idle', waitMs);
      continue;
    }
    await runOneJob(engine).catch((error: unknown) => {
      const name = error instanceof Error ? error.name : 'unknown';
      if (name !== 'Injected') world.accidents.push(`a worker failed: ${String(error)}`);
    });
    // It may have claimed nothing, a job of the same connection being held.
    await scheduler.park(life, 'next', 200);
  }
}

/**
 * Until a job can be claimed, asked for without an engine, to spare a worker's asking in vain: due,
 * and no other of its connection held. Acts ring the bell besides.
 */
async function untilClaimableMs(world: World, now: () => number): Promise<number> {
  const { changeCount } = world;
  if (world.claimable?.changeCount !== changeCount) {
    const at = await world.scheduler.during(() => findClaimableAt(world));
    world.claimable = { changeCount, at };
  }
  const { at } = world.claimable;
  return at === null ? 30 * MINUTE_MS : Math.min(at + 1 - now(), 30 * MINUTE_MS);
}

async function findClaimableAt({ admin, tenantId }: World): Promise<number | null> {
  const { rows } = await admin.query<{ at: Date | null }>(
    `select min(case when j.locked_by is not null then j.locked_until
         when held.locked_until is not null then held.locked_until
         else greatest(j.run_at, j.not_before) end) as at
       from jobs j left join jobs held on held.tenant_id = j.tenant_id
         and held.connection_id = j.connection_id and held.locked_by is not null
       where j.tenant_id = $1`,
    [tenantId],
  );
  return rows[0]?.at?.getTime() ?? null;
}

/** People act in bursts and pauses, whatever the weather. */
function playPeople(
  world: World,
  memory: ReturnType<typeof createMemory>,
  plan: { actCount: number; without: ReadonlySet<number>; hasSeries: boolean; chance: Chance },
) {
  const { scheduler } = world;
  const life: Life = { name: 'people', isDead: false };
  let isDone = false;
  const state: { error: unknown; isDone(): boolean } = { error: null, isDone: () => isDone };
  const draw = (chance: Chance, index: number): Act | SeriesAct => {
    const isFirst = index === 0;
    if (plan.hasSeries && (isFirst || chance.is(0.7))) return drawSeriesAct(chance, { isFirst });
    return isFirst ? chance.pick(['create here', 'create there']) : drawAct(chance);
  };
  const play = async () => {
    for (let index = 0; index < plan.actCount; index++) {
      const chance = plan.chance.fork();
      const pauseMs = chance.pick([0, 200, 2_000, 15_000, 120_000, 15 * MINUTE_MS]);
      const act = draw(chance, index);
      await scheduler.park(life, act, pauseMs);
      if (plan.without.has(index)) continue;
      const what = await scheduler.during(() =>
        /series/.test(act)
          ? performSeries(world, memory, act as SeriesAct, chance)
          : perform(world, memory, act as Act, chance),
      );
      scheduler.trace.push(`act ${index}: ${what}`);
      ringBell(world);
    }
    // The last act's consequences have begun when it gets calm, and are not over.
    await scheduler.park(life, 'all said', plan.chance.integer(0, 5_000));
  };
  void play()
    .catch((error: unknown) => {
      state.error = error;
    })
    .finally(() => {
      isDone = true;
    });
  return state;
}
