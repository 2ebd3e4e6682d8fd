import { afterAll, beforeAll, expect, test } from 'vitest';
import { runOneJob } from '../../../src/jobs/worker.ts';
import type { Client } from '../../support/client.ts';
import { providers, type Slug } from '../../support/field.ts';
import { Death, type Fate, startLife } from '../../support/mortal-engine.ts';
import { judge, type Wanted } from './judge.ts';
import {
  goOn,
  openMortalClient,
  openTheatre,
  type Play,
  startAfresh,
  startPlay,
  type Theatre,
} from './play.ts';

/*
 * What an engine is in the middle of is cut off, or an answer of a provider's is lost, at every step
 * that there is; then a healthy engine comes. Whatever the step, all ends as people wanted it.
 *
 * A death before a call or a commit, or after mere reading, leaves nothing else behind than one
 * after what came before: `CRASH_STEPS=all` tries these, too, in thrice the time.
 */

/** A situation that an engine is cut off in. */
export interface Scenario {
  name: string;
  /** Whether each life has accounts of its own; default: a person's lives share them. */
  isFresh?: boolean;
  /** Whether the accounts are started before the life begins; default true. */
  isStarted?: boolean;
  /** Of a second account, where there is one. */
  otherOf?: (provider: Slug) => Slug;
  /** Whether the engine may list whole calendars in it; default false: its bookmark leads on. */
  isListing?: boolean;
  /** Where many steps in a row are alike: of them each nth is tried; default: all. */
  stride?: number;
  /** What is as it is for all lives. */
  prepare?(play: Play): Promise<void>;
  /** Brings the situation about, and answers what is to come of it. */
  arrange(play: Play): Promise<Plan>;
}

export interface Plan {
  /** What the person does at the server that dies; done again at a healthy one unless it is done. */
  click?: (client: Client) => Promise<unknown>;
  isDone?: () => Promise<boolean>;
  /** What somebody does as soon as the first write is answered. */
  meanwhile?: () => Promise<unknown>;
  wanted: Wanted[];
  /** What else has to hold in the end; what does not, in words. */
  complain?: () => Promise<string[]>;
}

const leavesTrace = /^after (commit|call (?!GET))/;
const ALL_STEPS = process.env['CRASH_STEPS'] === 'all';
const RUNS_MAX = 50;
const TEST_TIMEOUT_MS = 120_000;

interface Trial {
  at: number;
  fate: Fate;
}

/** A test for each scenario at each provider, or at those that it is about. */
export function tryEveryStep(
  scenarios: readonly Scenario[],
  {
    withChannels = false,
    only = providers,
  }: { withChannels?: boolean; only?: readonly Slug[] } = {},
): void {
  let theatre: Theatre;
  beforeAll(async () => {
    theatre = await openTheatre({ withChannels });
  });
  afterAll(() => theatre.stop());

  for (const provider of only) {
    for (const scenario of scenarios) {
      const name = `[Q2] ${provider}: ${scenario.name}, killed or unanswered at every step`;
      test(
        name,
        async () => {
          const trial = createTrial(theatre, provider, scenario);
          const steps = await trial(null);
          expect(steps.length).toBeGreaterThan(5);
          const { stride = 1 } = scenario;
          for (const [at, step] of steps.entries()) {
            if (!ALL_STEPS && at % stride > 0) continue;
            if (ALL_STEPS || at === 0 || leavesTrace.test(step)) {
              await trial({ at, fate: 'killed' });
            }
            if (step.startsWith('after call')) await trial({ at, fate: 'answer-lost' });
          }
        },
        TEST_TIMEOUT_MS,
      );
    }
  }
}

/** Plays the scenario once and judges it; answers the steps that the engine lived to see. */
function createTrial(
  theatre: Theatre,
  provider: Slug,
  scenario: Scenario,
): (trial: Trial | null) => Promise<string[]> {
  const { name, isFresh = false, isStarted = true, otherOf } = scenario;
  let life = 0;
  let last: Play | undefined;
  const nextPlay = async (): Promise<Play> => {
    const others = otherOf ? [otherOf(provider)] : [];
    const wish = { provider, name, life: ++life, isStarted, others };
    if (last && !isFresh) return goOn(last, wish);
    const play = last ? await startAfresh(last, wish) : await startPlay(theatre, wish);
    await scenario.prepare?.(play);
    return play;
  };
  return async (trial) => {
    // What other lives have left to do is nobody's any more.
    if (!last) await theatre.field.forget();
    const play = await nextPlay();
    last = play;
    const { sandbox } = theatre.field.stack;
    const mailCount = sandbox.mails.length;
    const plan = await scenario.arrange(play);
    const callCount = sandbox.calls.length;
    const steps = await live(play, plan, trial);
    if (plan.isDone && !(await plan.isDone())) await plan.click?.(play.person.client);
    await play.recover();
    const complaints = [
      ...(await judge(play, plan.wanted)),
      ...((await plan.complain?.()) ?? []),
      ...sandbox.mails.slice(mailCount).map(({ kind, to }) => `${kind} was mailed to ${to}`),
    ];
    const listings = sandbox.calls
      .slice(callCount)
      .filter(({ method, url }) => method === 'GET' && /timeMin=|startDateTime=/.test(url));
    if (!scenario.isListing && listings.length > 0) complaints.push('a calendar was listed anew');
    const what = trial ? `${trial.fate} at ${trial.at}: ${steps[trial.at]}` : 'undisturbed';
    expect(complaints, what).toEqual([]);
    theatre.field.stack.sandbox.faults.clear();
    return steps;
  };
}

async function live(play: Play, plan: Plan, trial: Trial | null): Promise<string[]> {
  const { theatre } = play;
  const client = plan.click && (await openMortalClient(play));
  const life = startLife(theatre.field.stack, trial ?? {});
  const { runtime } = life.engine;
  const { send } = runtime;
  let { meanwhile } = plan;
  const actMeanwhile = async () => {
    const act = meanwhile;
    meanwhile = undefined;
    await act?.();
  };
  runtime.send = async (request) => {
    const answer = await send(request);
    if (request.method !== 'GET') await actMeanwhile();
    return answer;
  };
  await theatre
    .during(life, async () => {
      // A dead server answers 500 here; there is no answer to rely on.
      if (client) await plan.click?.(client).catch(() => {});
      for (let runs = 0; await runOneJob(life.engine); runs++) {
        if (runs === RUNS_MAX) throw new Error(`the worker goes round and round: ${life.steps}`);
      }
    })
    .catch((error: unknown) => {
      if (!(error instanceof Death)) throw error;
    });
  await actMeanwhile();
  return life.steps;
}
