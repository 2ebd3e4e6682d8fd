/** A sandbox world whose clock, chance and outside the test owns. */

import type { Account, CallRecord, Mail, Switches, World } from '../../../sandbox/world.ts';

export interface TestWorld extends World {
  readonly mails: Mail[];
  readonly calls: CallRecord[];
  /** What the sandbox sent to webhook addresses. */
  readonly deliveries: Delivery[];
  readonly switches: Switches;
  /** Status to answer webhook calls with. */
  answerWebhook: (delivery: Delivery) => number;
  /** Lets time pass, running what was scheduled. */
  advance(ms: number): Promise<void>;
}

export interface Delivery {
  readonly at: number;
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly body: string;
}

/** A Monday without any clock change near it. */
const START = Date.parse('2026-06-01T09:00:00.250Z');

export function createTestWorld(accounts: readonly Account[]): TestWorld {
  let now = START;
  let seed = 42;
  let tasks: { at: number; task: () => void | Promise<void> }[] = [];
  const world: TestWorld = {
    accounts,
    mails: [],
    calls: [],
    deliveries: [],
    switches: {},
    answerWebhook: () => 200,
    runtime: {
      now: () => now,
      random() {
        seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
        return (seed >>> 8) / 2 ** 24;
      },
      async fetch(request) {
        const headers = Object.fromEntries(request.headers);
        const delivery = { at: now, url: request.url, headers, body: await request.text() };
        world.deliveries.push(delivery);
        return new Response(null, { status: world.answerWebhook(delivery) });
      },
      schedule(delayMs, task) {
        tasks.push({ at: now + delayMs, task });
      },
    },
    findAccount(provider, emailOrId) {
      const wanted = emailOrId.toLowerCase();
      return accounts.find(
        (account) =>
          account.provider === provider &&
          (account.id === emailOrId || account.email.toLowerCase() === wanted),
      );
    },
    sendMail: (mail) => void world.mails.push({ ...mail, at: now }),
    record: (call) => void world.calls.push({ ...call, at: now }),
    getSwitch: (name, fallback) => (world.switches[name] as typeof fallback) ?? fallback,
    async advance(ms) {
      const until = now + ms;
      for (;;) {
        tasks.sort((left, right) => left.at - right.at);
        const next = tasks[0];
        if (!next || next.at > until) break;
        tasks = tasks.slice(1);
        now = Math.max(now, next.at);
        await next.task();
        await new Promise((resolve) => setImmediate(resolve));
      }
      now = until;
    },
  };
  return world;
}
