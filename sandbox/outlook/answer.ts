import type { Caller } from '../world.ts';
import { readParts, runParts } from './batch.ts';
import type { Answer, Call, CallLog } from './call.ts';
import { accessDenied, GraphError, unknownSegment, unreadableBody } from './graph-error.ts';
import { randomUuid } from './ids.ts';
import type { Json } from './json.ts';
import { readPrefer, readQuery } from './query.ts';
import { answerMine } from './router.ts';
import type { Graph, Mailbox } from './state.ts';
import { answerSubscriptions } from './subscriptions.ts';
import { countUpload, enter, leave, type InFlight } from './throttle.ts';

/** Source: the general write limit, 4 MB. */
const BODY_MAX_BYTES = 4 * 1024 * 1024;

/** A request without anything of HTTP but its words. */
export interface GraphRequest {
  method: string;
  origin: string;
  pathname: string;
  search: string;
  header(name: string): string | null;
  text(): Promise<string>;
}

/** The machine and the requests it is busy with. */
export interface Service {
  graph: Graph;
  inFlight: InFlight;
}

interface From {
  caller: Caller;
  log: CallLog;
}

/** Answers one request and records it; every refusal is worded here. */
export async function answerCall(
  service: Service,
  request: GraphRequest,
  caller: Caller | null,
): Promise<Answer> {
  const log: CallLog = { operation: 'unknown', calendarId: null, eventId: null };
  const answer = await answerOrRefuse(service, request, { caller, log });
  service.graph.world.record({
    provider: 'outlook',
    operation: log.operation,
    method: request.method,
    url: request.pathname + request.search,
    accountId: caller?.account.id ?? null,
    clientId: caller?.clientId ?? null,
    calendarId: log.calendarId,
    eventId: log.eventId,
    status: answer.status,
    quotaUnits: 1,
  });
  return answer;
}

async function answerOrRefuse(
  service: Service,
  request: GraphRequest,
  { caller, log }: { caller: Caller | null; log: CallLog },
): Promise<Answer> {
  const id = randomUuid(service.graph.world.runtime);
  const ids = { 'request-id': id, 'client-request-id': request.header('client-request-id') ?? id };
  try {
    if (!caller) throw noToken();
    const answer = await route(service, request, { caller, log });
    return { ...answer, headers: { ...ids, ...answer.headers } };
  } catch (error) {
    if (!(error instanceof GraphError)) throw error;
    const date = new Date(service.graph.world.runtime.now()).toISOString().slice(0, 19);
    const { code, message, extra } = error;
    return {
      status: error.status,
      body: { error: { code, message, ...extra, innerError: { date, ...ids } } },
      headers: { ...ids, ...error.headers },
    };
  }
}

const noToken = () =>
  new GraphError(401, 'InvalidAuthenticationToken', 'Access token is empty, invalid or expired.');

async function route(service: Service, request: GraphRequest, from: From): Promise<Answer> {
  const [version, first, ...rest] = splitPath(request.pathname);
  if (version !== 'v1.0' && version !== 'beta') throw unknownSegment(version ?? '');
  switch (first?.toLowerCase()) {
    case '$batch':
      return answerBatch(service, request, from);
    case 'subscriptions':
      return answerSubscriptions(await readCall(service.graph, request, from, version), rest);
    case 'me':
      return answerMailbox(service, request, from, { version, segments: rest });
    case 'users':
      checkIsOneself(service.graph, from.caller, rest[0] ?? '');
      return answerMailbox(service, request, from, { version, segments: rest.slice(1) });
    default:
      throw unknownSegment(first ?? '');
  }
}

async function answerBatch(service: Service, request: GraphRequest, from: From): Promise<Answer> {
  from.log.operation = 'batch';
  const parts = readParts(readJson(await request.text()));
  return runParts(request, {
    parts,
    // Graph itself runs four parts of a mailbox at a time; more at once run into the limit below.
    atOnce: service.graph.world.getSwitch('outlook.batchPartsAtOnce', 4),
    run: (part) => answerCall(service, part, from.caller),
  });
}

/** The directory's `/me` is outside Outlook's limits; all below it is inside. */
async function answerMailbox(
  service: Service,
  request: GraphRequest,
  from: From,
  { version, segments }: { version: 'v1.0' | 'beta'; segments: string[] },
): Promise<Answer> {
  const { graph, inFlight } = service;
  if (segments.length === 0) return answerMine(await readCall(graph, request, from, version), []);
  enter(graph, inFlight, from.caller);
  try {
    const call = await readCall(graph, request, from, version);
    await wait(graph);
    failNowAndThen(graph, 'outlook.failureRate');
    const answer = await answerMine(call, segments);
    if (request.method !== 'GET') failNowAndThen(graph, 'outlook.failureAfterWriteRate');
    return withApplied(call, answer);
  } finally {
    leave(inFlight, from.caller);
  }
}

function withApplied({ prefer: { applied } }: Call, answer: Answer): Answer {
  if (applied.length === 0) return answer;
  return { ...answer, headers: { 'Preference-Applied': applied.join(', '), ...answer.headers } };
}

/**
 * How long the service takes; without any time, requests overlap only when they are sent at once.
 */
async function wait({ world }: Graph): Promise<void> {
  const latencyMs = world.getSwitch('outlook.latencyMs', 0);
  if (latencyMs > 0) await new Promise<void>((done) => world.runtime.schedule(latencyMs, done));
}

/**
 * Transient errors without a message; a write may have been applied all the same. Source:
 * docs#9912.
 */
function failNowAndThen({ world }: Graph, name: string): void {
  const rate = world.getSwitch(name, 0);
  if (rate === 0 || world.runtime.random() >= rate) return;
  throw new GraphError(world.runtime.random() < 0.5 ? 503 : 504, 'UnknownError', '');
}

async function readCall(
  graph: Graph,
  request: GraphRequest,
  { caller, log }: From,
  version: 'v1.0' | 'beta',
): Promise<Call> {
  const text = await request.text();
  countUpload(graph, caller, text.length);
  return {
    ...graph,
    caller,
    mailbox: getMailbox(graph, caller),
    method: request.method,
    version,
    origin: request.origin,
    pathname: request.pathname,
    query: readQuery(request.search),
    prefer: readPrefer(request.header('prefer')),
    ifMatch: request.header('if-match'),
    body: readJson(text),
    log,
  };
}

function getMailbox({ state }: Graph, { account }: Caller): Mailbox {
  const mailbox = state.mailboxes.get(account.id);
  if (mailbox?.isEnabled) return mailbox;
  throw new GraphError(
    404,
    'MailboxNotEnabledForRESTAPI',
    'The mailbox is either inactive, soft-deleted, or is hosted on-premise.',
  );
}

function readJson(text: string): Json {
  if (text.length > BODY_MAX_BYTES) {
    throw new GraphError(413, 'RequestEntityTooLarge', 'The request entity is too large.');
  }
  if (text.trim() === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    throw unreadableBody('The request body is not valid JSON.');
  }
}

/** Segments, decoded one by one; `events('id')` is `events/id`. */
function splitPath(pathname: string): string[] {
  return pathname
    .split('/')
    .flatMap((segment) => {
      const match = /^(\w+)\((?:'|%27)(.*)(?:'|%27)\)$/.exec(segment);
      return match ? [match[1] ?? '', match[2] ?? ''] : [segment];
    })
    .filter((segment) => segment !== '')
    .map(decodeSegment);
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw unknownSegment(segment);
  }
}

/** `/users/{id or address}` is served for oneself only. */
function checkIsOneself({ world }: Graph, caller: Caller, who: string): void {
  const account = world.findAccount('outlook', who);
  if (!account) {
    throw new GraphError(404, 'ErrorInvalidUser', `The requested user '${who}' is invalid.`);
  }
  if (account.id !== caller.account.id) throw accessDenied();
}
