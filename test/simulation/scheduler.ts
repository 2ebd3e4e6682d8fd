import type { Chance } from './chance.ts';

/** One run of a worker process: what belongs to a life that ended never goes on. */
export interface Life {
  name: string;
  isDead: boolean;
  /** A person waits for it: what it does is not recorded first, and no wait is kept. */
  isAttended?: boolean;
  /** When it last went on after it had stood still for longer than its lease. */
  stalledUntil?: number;
}

/** A place where somebody waits to be let go on. */
interface Parked {
  life: Life;
  label: string;
  /** Virtual milliseconds; before then it is not let go on. */
  wakeAt: number;
  resume: () => void;
}

/**
 * Owns order and time. Whoever reaches the outside (a call, a transaction, a sleep) parks here; one
 * at a time is let go on, drawn by chance, and runs until everything is parked again. When all
 * sleep, the clock moves to the first that wakes. The same seed gives the same order.
 */
export interface Scheduler {
  now(): number;
  /** Moves the clock forward. */
  advance(ms: number): void;
  /** Waits for its turn. */
  park(life: Life, label: string, ms?: number, signal?: AbortSignal): Promise<void>;
  /** Marks real work outside of this process (the database) while it runs. */
  during<T>(work: () => Promise<T>): Promise<T>;
  /** Ends sleeps of this label now: a bell rang. */
  wake(label: string): void;
  /** Waits until all that runs has parked, ended or died. */
  settle(): Promise<void>;
  /** Lets one go on, until `until` at most. False when nobody is left to go on by then. */
  step(until: number): Promise<boolean>;
  /** What happened, in order. */
  trace: string[];
}

/** Between two parkings: more is a loop that never reaches the outside. */
const TURNS_MAX = 2_000;
const QUIET_TURNS = 3;

export function createScheduler(start: number, chance: Chance): Scheduler {
  const parked = new Set<Parked>();
  const trace: string[] = [];
  let now = start;
  let working = 0;
  let activity = 0;
  const whenIdle: (() => void)[] = [];

  const tick = () => new Promise<void>((resolve) => setImmediate(resolve));

  /** Ends when no real work is under way and nothing has happened for some turns of the event loop. */
  async function settle(): Promise<void> {
    for (let turns = 0; turns < TURNS_MAX; turns++) {
      const before = activity;
      if (working > 0) await new Promise<void>((resolve) => whenIdle.push(resolve));
      // Reading a body takes a turn or two of its own.
      for (let quiet = 0; quiet < QUIET_TURNS; quiet++) await tick();
      if (working === 0 && activity === before) return;
    }
    throw new Error('the world does not come to rest');
  }

  return {
    now: () => now,
    advance(ms) {
      now += ms;
    },
    park(life, label, ms = 0, signal) {
      activity++;
      if (life.isDead) return new Promise(() => {});
      if (signal?.aborted) return Promise.resolve();
      return new Promise((resolve) => {
        const onAbort = () => {
          if (parked.delete(entry) && !life.isDead) resolve();
        };
        const resume = () => {
          signal?.removeEventListener('abort', onAbort);
          resolve();
        };
        const entry: Parked = { life, label, wakeAt: now + Math.ceil(ms), resume };
        parked.add(entry);
        signal?.addEventListener('abort', onAbort, { once: true });
      });
    },
    async during(work) {
      working++;
      try {
        return await work();
      } finally {
        working--;
        activity++;
        if (working === 0) for (const resolve of whenIdle.splice(0)) resolve();
      }
    },
    wake(label) {
      for (const entry of parked)
        if (entry.label === label) entry.wakeAt = Math.min(entry.wakeAt, now);
    },
    async step(until) {
      for (const entry of parked) if (entry.life.isDead) parked.delete(entry);
      if (parked.size === 0) return false;
      let ready = [...parked].filter(({ wakeAt }) => wakeAt <= now);
      if (ready.length === 0) {
        const first = Math.min(...[...parked].map(({ wakeAt }) => wakeAt));
        if (first > until) return false;
        now = first;
        ready = [...parked].filter(({ wakeAt }) => wakeAt <= now);
      }
      const entry = chance.pick(ready);
      parked.delete(entry);
      now += chance.integer(0, 20);
      trace.push(`${now - start} ${entry.life.name} ${entry.label}`);
      entry.resume();
      await settle();
      return true;
    },
    settle,
    trace,
  };
}
