import { answerJson } from './oauth/oauth.ts';
import type { FaultWish } from './faults.ts';
import type { GrantWish, TokenFilter, TokenWish, Whose } from './oauth/grants.ts';
import type { ConsentAnswer } from './oauth/walk-consent.ts';
import type { OutlookActs } from './outlook/acts.ts';
import type { Sandbox } from './sandbox-type.ts';
import type { NewAccount, OAuthClient } from './seed.ts';
import { assertSwitches } from './switches.ts';
import type { ProviderName, Switches } from './world.ts';

interface Control {
  sandbox: Sandbox;
  query: URLSearchParams;
  /** The JSON body, or an empty object. */
  body: unknown;
  /** What follows the path, where the route takes a tail. */
  tail: string;
}

type Route = readonly [
  method: string,
  path: string,
  answer: (control: Control) => unknown | Promise<unknown>,
];

/** `/*` at the end takes a tail. */
const routes: readonly Route[] = [
  ['GET', '/calls', ({ sandbox, query }) => listCalls(sandbox, query)],
  ['GET', '/mails', ({ sandbox, query }) => ({ mails: filterBy(sandbox.mails, query) })],
  [
    'GET',
    '/notifications',
    ({ sandbox, query }) => ({ notifications: filterBy(sandbox.notifications, query) }),
  ],
  ['GET', '/inbox', ({ sandbox, query }) => ({ mails: filterBy(sandbox.inbox, query) })],
  ['DELETE', '/records', ({ sandbox }) => sandbox.clearRecords()],
  ['GET', '/faults', ({ sandbox }) => ({ faults: sandbox.faults.list() })],
  ['POST', '/faults', ({ sandbox, body }) => ({ id: sandbox.faults.add(readFault(body)) })],
  ['DELETE', '/faults', ({ sandbox }) => sandbox.faults.clear()],
  ['DELETE', '/faults/*', ({ sandbox, tail }) => ({ isRemoved: sandbox.faults.remove(tail) })],
  ['GET', '/switches', ({ sandbox }) => ({ switches: sandbox.switches })],
  ['POST', '/switches', ({ sandbox, body }) => setSwitches(sandbox, body as Switches)],
  ['GET', '/clock', ({ sandbox }) => readClock(sandbox)],
  ['POST', '/clock', ({ sandbox, body }) => setClock(sandbox, body as { offsetMs?: number })],
  [
    'POST',
    '/tokens',
    ({ sandbox, body }) => ({ access_token: sandbox.issueToken(body as TokenWish) }),
  ],
  [
    'POST',
    '/tokens/expire',
    ({ sandbox, body }) => ({ count: sandbox.expireAccessTokens(body as TokenFilter) }),
  ],
  ['POST', '/grants/revoke', ({ sandbox, body }) => sandbox.revokeGrant(body as GrantWish)],
  ['POST', '/conditions', ({ sandbox, body }) => setCondition(sandbox, body as Condition)],
  ['POST', '/consent', ({ sandbox, body }) => giveConsent(sandbox, body as ConsentWish)],
  ['POST', '/outlook/move-event', ({ sandbox, body }) => moveEvent(sandbox, body as OutlookAct)],
  ['POST', '/outlook/age-event', ({ sandbox, body }) => ageEvent(sandbox, body as OutlookAct)],
  [
    'POST',
    '/outlook/restore-event',
    ({ sandbox, body }) => restoreEvent(sandbox, body as OutlookAct),
  ],
  ['POST', '/outlook/lifecycle', ({ sandbox, body }) => sendLifecycle(sandbox, body as Lifecycle)],
  ['POST', '/outlook/mailbox', ({ sandbox, body }) => setMailbox(sandbox, body as Mailbox)],
  ['GET', '/accounts', ({ sandbox }) => ({ accounts: sandbox.world.accounts })],
  ['POST', '/accounts', ({ sandbox, body }) => sandbox.addAccount(body as NewAccount)],
  ['GET', '/clients', ({ sandbox }) => ({ clients: sandbox.listClients() })],
  ['POST', '/clients', ({ sandbox, body }) => sandbox.addClient(body as OAuthClient)],
  ['GET', '/state', ({ sandbox }) => sandbox.snapshot()],
  ['POST', '/state/reset', ({ sandbox }) => sandbox.reset()],
];

type Condition = Whose & { condition: string | null };
type OutlookAct = { email: string; eventId: string; calendarId: string; iCalUId: string };
type Lifecycle = { subscriptionId: string; event: Parameters<OutlookActs['sendLifecycle']>[1] };
type Mailbox = { email: string; isEnabled: boolean };
type ConsentWish = ConsentAnswer & { url: string };

/** The control API. 400 for what cannot be done, with the reason; 404 for an unknown path. */
export async function answerControl(
  sandbox: Sandbox,
  request: Request,
  path: string,
): Promise<Response> {
  const found = findRoute(request.method, path);
  if (!found)
    return answerJson(404, { error: `no ${request.method} ${path}`, routes: listRoutes() });
  try {
    const text = await request.text();
    const body: unknown = text === '' ? {} : JSON.parse(text);
    const query = new URL(request.url).searchParams;
    const answer = await found.answer({ sandbox, query, body, tail: found.tail });
    return answer === undefined ? new Response(null, { status: 204 }) : answerJson(200, answer);
  } catch (error) {
    return answerJson(400, { error: error instanceof Error ? error.message : 'it failed' });
  }
}

function findRoute(method: string, path: string) {
  for (const [routeMethod, routePath, answer] of routes) {
    if (routeMethod !== method) continue;
    if (routePath === path) return { answer, tail: '' };
    const stem = routePath.endsWith('/*') ? routePath.slice(0, -1) : undefined;
    if (stem !== undefined && path.startsWith(stem)) {
      return { answer, tail: decodeURIComponent(path.slice(stem.length)) };
    }
  }
  return undefined;
}

const listRoutes = () => routes.map(([method, path]) => `${method} /sandbox${path}`);

function listCalls(sandbox: Sandbox, query: URLSearchParams) {
  const calls = filterBy(sandbox.calls, query);
  return { calls, quotaUnits: calls.reduce((sum, call) => sum + call.quotaUnits, 0) };
}

/** Keeps the entries whose members are as the query says; `since` is a time in milliseconds. */
function filterBy<T extends { at: number }>(entries: readonly T[], query: URLSearchParams): T[] {
  const since = Number(query.get('since') ?? 0);
  const wanted = [...query].filter(([name]) => name !== 'since');
  return entries.filter(
    (entry) =>
      entry.at >= since &&
      wanted.every(([name, value]) => String((entry as Record<string, unknown>)[name]) === value),
  );
}

function readFault(body: unknown): FaultWish {
  const wish = body as FaultWish;
  if (typeof wish.effect?.kind !== 'string') throw new Error('a fault needs an effect with a kind');
  return wish;
}

/** All of them or, when one is refused, none. */
function setSwitches(sandbox: Sandbox, switches: Switches) {
  assertSwitches(switches);
  for (const [name, value] of Object.entries(switches)) sandbox.setSwitch(name, value);
  return { switches: sandbox.switches };
}

const readClock = (sandbox: Sandbox) => ({
  now: new Date(sandbox.world.runtime.now()).toISOString(),
  offsetMs: sandbox.clockOffsetMs,
});

function setClock(sandbox: Sandbox, { offsetMs }: { offsetMs?: number }) {
  if (typeof offsetMs !== 'number' || !Number.isFinite(offsetMs)) {
    throw new Error('offsetMs is a number of milliseconds');
  }
  sandbox.clockOffsetMs = offsetMs;
  return readClock(sandbox);
}

const setCondition = (sandbox: Sandbox, { provider, email, condition }: Condition) =>
  sandbox.setCondition(provider as ProviderName, email, condition);

const giveConsent = async (sandbox: Sandbox, { url, ...answer }: ConsentWish) => ({
  location: await sandbox.consent(url, answer),
});

const getAccountId = (sandbox: Sandbox, email: string) => {
  const account = sandbox.world.findAccount('outlook', email);
  if (!account) throw new Error(`the sandbox has no outlook account ${email}`);
  return account.id;
};

const moveEvent = (sandbox: Sandbox, { email, eventId, calendarId }: OutlookAct) =>
  sandbox.outlookActs.moveEvent(getAccountId(sandbox, email), eventId, calendarId);

const restoreEvent = (sandbox: Sandbox, { email, iCalUId }: OutlookAct) =>
  sandbox.outlookActs.restoreEvent(getAccountId(sandbox, email), iCalUId);

const ageEvent = (sandbox: Sandbox, { email, eventId }: OutlookAct) =>
  sandbox.outlookActs.ageEvent(getAccountId(sandbox, email), eventId);

const sendLifecycle = (sandbox: Sandbox, { subscriptionId, event }: Lifecycle) =>
  sandbox.outlookActs.sendLifecycle(subscriptionId, event);

const setMailbox = (sandbox: Sandbox, { email, isEnabled }: Mailbox) =>
  sandbox.outlookActs.setMailboxEnabled(getAccountId(sandbox, email), isEnabled);
