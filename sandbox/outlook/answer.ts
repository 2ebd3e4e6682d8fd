import type { Caller } from '../world.ts';
import type { Answer, Call, CallLog } from './call.ts';
import { GraphError, unknownSegment, unreadableBody } from './graph-error.ts';
import { BODY_MAX_BYTES } from './http.ts';
import { randomUuid } from './ids.ts';
import type { Json } from './json.ts';
import { readPrefer, readQuery } from './query.ts';
import { answerMine } from './router.ts';
import type { Graph, Mailbox } from './state.ts';

/** A request without anything of HTTP but its words. */
export interface GraphRequest {
  method: string;
  origin: string;
  pathname: string;
  search: string;
  header(name: string): string | null;
  text: string;
}

/** Answers one request and records it; every refusal is worded here. */
export async function answerCall(
  graph: Graph,
  request: GraphRequest,
  caller: Caller | null,
): Promise<Answer> {
  const log: CallLog = { operation: 'unknown', calendarId: null, eventId: null };
  const answer = await answerOrRefuse(graph, request, { caller, log });
  graph.world.record({
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
  graph: Graph,
  request: GraphRequest,
  { caller, log }: { caller: Caller | null; log: CallLog },
): Promise<Answer> {
  const ids = requestIds(graph, request);
  try {
    if (!caller) throw noToken();
    const answer = await route(graph, request, { caller, log });
    return { ...answer, headers: { ...ids, ...answer.headers } };
  } catch (error) {
    if (!(error instanceof GraphError)) throw error;
    return {
      status: error.status,
      body: renderError(graph, error, ids),
      headers: { ...ids, ...error.headers },
    };
  }
}

function requestIds({ world }: Graph, request: GraphRequest): Record<string, string> {
  const id = randomUuid(world.runtime);
  return { 'request-id': id, 'client-request-id': request.header('client-request-id') ?? id };
}

function renderError({ world }: Graph, error: GraphError, ids: Record<string, string>): unknown {
  const date = new Date(world.runtime.now()).toISOString().slice(0, 19);
  return {
    error: {
      code: error.code,
      message: error.message,
      ...error.extra,
      innerError: { date, ...ids },
    },
  };
}

const noToken = () =>
  new GraphError(401, 'InvalidAuthenticationToken', 'Access token is empty, invalid or expired.');

async function route(
  graph: Graph,
  request: GraphRequest,
  { caller, log }: { caller: Caller; log: CallLog },
): Promise<Answer> {
  const [version, ...segments] = splitPath(request.pathname);
  if (version !== 'v1.0' && version !== 'beta') throw unknownSegment(version ?? '');
  const mailbox = graph.state.mailboxes.get(caller.account.id);
  if (!mailbox) throw noMailbox();
  const mine = ownSegments(graph, mailbox, segments);
  const call: Call = {
    ...graph,
    caller,
    mailbox,
    method: request.method,
    version,
    origin: request.origin,
    pathname: request.pathname,
    query: readQuery(request.search),
    prefer: readPrefer(request.header('prefer')),
    ifMatch: request.header('if-match'),
    body: readJson(request),
    log,
  };
  const answer = await answerMine(call, mine);
  const { applied } = call.prefer;
  if (applied.length === 0) return answer;
  return { ...answer, headers: { 'Preference-Applied': applied.join(', '), ...answer.headers } };
}

/** Segments, decoded one by one; `events('id')` is `events/id`. */
function splitPath(pathname: string): string[] {
  return pathname
    .split('/')
    .slice(1)
    .flatMap((segment) => {
      const match = /^(\w+)\('(.*)'\)$/.exec(segment);
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

/** What follows `/me` or `/users/{oneself}`. */
function ownSegments({ world }: Graph, mailbox: Mailbox, segments: string[]): string[] {
  const [first, ...rest] = segments;
  if (first?.toLowerCase() === 'me') return rest;
  if (first?.toLowerCase() !== 'users') throw unknownSegment(first ?? '');
  const [who = '', ...below] = rest;
  const account = world.findAccount('outlook', who);
  if (!account)
    throw new GraphError(404, 'ErrorInvalidUser', `The requested user '${who}' is invalid.`);
  if (account.id !== mailbox.account.id) {
    throw new GraphError(
      403,
      'ErrorAccessDenied',
      'Access is denied. Check credentials and try again.',
    );
  }
  return below;
}

const noMailbox = () =>
  new GraphError(
    404,
    'MailboxNotEnabledForRESTAPI',
    'The mailbox is either inactive, soft-deleted, or is hosted on-premise.',
  );

function readJson(request: GraphRequest): Json {
  if (request.text.length > BODY_MAX_BYTES) {
    throw new GraphError(413, 'RequestEntityTooLarge', 'The request entity is too large.');
  }
  if (request.text.trim() === '') return undefined;
  try {
    return JSON.parse(request.text);
  } catch {
    throw unreadableBody('The request body is not valid JSON.');
  }
}
