import type { HttpRequest, HttpResponse } from '../../src/runtime.ts';
import type { Chance } from './chance.ts';

/** What goes wrong with a call to a provider. */
export type CallFate =
  | 'lost-before'
  /** Taken for lost, and it arrives after all, when nobody waits for it any more. */
  | 'late'
  | 'lost-after'
  | 'error-before'
  | 'error-after'
  | 'rate-limited'
  | 'rate-limited-softly'
  | 'token-rejected'
  | 'cut-body'
  | 'html-page'
  | 'empty-listing'
  | 'half-listing'
  | 'repeated-entries'
  | 'sync-token-expired'
  | 'sync-token-garbled'
  | 'access-lost';

/** What goes wrong with a transaction. */
export type TransactionFate = 'down' | 'conflict' | 'reply-lost';

export type ProcessFate = 'killed' | 'stalled';

const callFates: readonly CallFate[] = [
  'lost-before',
  'lost-after',
  'error-before',
  'error-after',
  'rate-limited',
  'rate-limited-softly',
  'token-rejected',
  'cut-body',
  'html-page',
  'empty-listing',
  'half-listing',
  'repeated-entries',
  'sync-token-expired',
  'sync-token-garbled',
  'access-lost',
  'late',
];
const transactionFates: readonly TransactionFate[] = ['down', 'conflict', 'reply-lost'];
const processFates: readonly ProcessFate[] = ['killed', 'stalled'];

/** Decides what goes wrong; each history has its own mix, so that rare pairs occur. */
export interface Weather {
  /** Nothing goes wrong any more. */
  clear(): void;
  drawCall(request: HttpRequest): CallFate | null;
  drawTransaction(): TransactionFate | null;
  drawProcess(): ProcessFate | null;
  /** For people: which kinds there are in this history. */
  describe(): string;
}

/** `only`: for shrinking; kinds that are not in it never happen. */
export function createWeather(chance: Chance, only: ReadonlySet<string> | null): Weather {
  const draw = <F extends string>(fates: readonly F[], kindShare: number, rateMax: number) =>
    fates.flatMap((fate): [F, number][] => {
      // Drawn whether or not it is allowed, so that leaving a kind out changes nothing else.
      const isIn = chance.is(kindShare);
      const rate = chance.next() * rateMax;
      return isIn && (only === null || only.has(fate)) ? [[fate, rate]] : [];
    });
  const isFair = chance.is(0.1);
  let calls = draw(callFates, 0.3, 0.15);
  let transactions = draw(transactionFates, 0.3, 0.05);
  let processes = draw(processFates, 0.4, 0.03);
  if (isFair) [calls, transactions, processes] = [[], [], []];

  const drawFrom = <F>(rates: readonly [F, number][]): F | null => {
    for (const [fate, rate] of rates) if (chance.is(rate)) return fate;
    return null;
  };
  return {
    clear() {
      [calls, transactions, processes] = [[], [], []];
    },
    drawCall(request) {
      const fate = drawFrom(calls);
      return fate && fits(fate, request) ? fate : null;
    },
    drawTransaction: () => drawFrom(transactions),
    drawProcess: () => drawFrom(processes),
    describe: () =>
      [...calls, ...transactions, ...processes]
        .map(([fate, rate]) => `${fate} ${(rate * 100).toFixed(1)} %`)
        .join(', ') || 'fair',
  };
}

/** Feeds, the exceptions of a series, and its occurrences. */
const isListing = ({ method, url }: HttpRequest) =>
  method === 'GET' && /[?&](maxResults=2500|startDateTime|\$?skiptoken|\$?deltatoken)/.test(url);
/**
 * What a list of one series leaves out nobody could know who has not heard of it, and it is asked for just
 * before a date goes. A whole feed may be false by mistake: there is another one.
 */
const isFeed = (request: HttpRequest) =>
  isListing(request) && !/[?&]iCalUID=|\/instances\?/.test(request.url);
const hasSyncToken = (request: HttpRequest) => findSyncToken(request) !== null;

/** The sync token that a request goes on from. */
export function findSyncToken({ url }: HttpRequest): string | null {
  return /(?:syncToken|deltatoken)=([^&]+)/.exec(url)?.[1] ?? null;
}

function fits(fate: CallFate, request: HttpRequest): boolean {
  if (fate === 'empty-listing' || fate === 'half-listing') return isFeed(request);
  if (fate === 'repeated-entries') return isListing(request);
  if (fate.startsWith('sync-token')) return hasSyncToken(request);
  if (fate === 'access-lost') return isListing(request);
  // A create that arrives after its event was made again and deleted again comes in as a new one.
  if (fate === 'late') return request.method === 'PATCH' || request.method === 'DELETE';
  return true;
}

const json = (
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): HttpResponse => ({
  status,
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify(body),
});

/** An error in the provider's own form. */
export function refuse(
  request: HttpRequest,
  status: number,
  code: string,
  headers: Record<string, string> = {},
): HttpResponse {
  const isGoogle = request.url.includes('/calendar/v3/');
  const error = isGoogle
    ? { code: status, message: code, errors: [{ domain: 'global', reason: code, message: code }] }
    : { code, message: code };
  return json(status, { error }, headers);
}

/** The answer instead of the provider's, for fates that come before the call has any effect. */
export function answerBefore(
  fate: CallFate,
  request: HttpRequest,
  chance: Chance,
): HttpResponse | null {
  const isGoogle = request.url.includes('/calendar/v3/');
  switch (fate) {
    case 'error-before':
      return refuse(
        request,
        chance.pick([500, 502, 503, 504]),
        isGoogle ? 'backendError' : 'UnknownError',
      );
    case 'rate-limited':
      return refuse(request, 429, isGoogle ? 'rateLimitExceeded' : 'TooManyRequests', {
        'retry-after': chance.pick(['2', '0.5', '30']),
      });
    case 'rate-limited-softly':
      return isGoogle
        ? refuse(request, 403, 'userRateLimitExceeded')
        : refuse(request, 429, 'ApplicationThrottled');
    case 'token-rejected':
      return refuse(request, 401, isGoogle ? 'authError' : 'InvalidAuthenticationToken');
    case 'sync-token-expired':
      return refuse(request, 410, isGoogle ? 'fullSyncRequired' : 'SyncStateNotFound');
    case 'sync-token-garbled':
      return isGoogle
        ? json(400, {
            error: {
              code: 400,
              message: 'Invalid sync token value.',
              errors: [
                { domain: 'global', reason: 'invalid', message: 'Invalid sync token value.' },
              ],
            },
          })
        : refuse(request, 400, 'SyncStateInvalid');
    case 'access-lost':
      return refuse(request, 403, isGoogle ? 'forbidden' : 'ErrorAccessDenied');
    default:
      return null;
  }
}

/** The provider's answer, spoilt, for fates that come after its effect; null: no answer at all. */
export function spoil(
  fate: CallFate,
  request: HttpRequest,
  answer: HttpResponse,
): HttpResponse | null {
  switch (fate) {
    case 'lost-after':
      return null;
    case 'error-after':
      return refuse(request, 503, 'backendError');
    case 'cut-body':
      return answer.body === ''
        ? answer
        : { ...answer, body: answer.body.slice(0, answer.body.length / 2) };
    case 'html-page':
      return {
        status: 200,
        headers: { 'content-type': 'text/html' },
        body: '<html>Sign in</html>',
      };
    case 'empty-listing':
    case 'half-listing':
    case 'repeated-entries':
      return answer.status === 200 ? changeListing(fate, answer) : answer;
    default:
      return answer;
  }
}

type Entry = Record<string, unknown>;

/**
 * The first of them. That an occurrence is gone is never told without what happened to its series: that
 * alone says whether somebody cancelled it, or moved all.
 */
function listHalf(entries: readonly Entry[]): Entry[] {
  const count = Math.floor(entries.length / 2);
  const leftOut = new Set(entries.slice(count).map(({ id }) => id));
  return entries.slice(0, count).filter((entry) => !leftOut.has(entry['recurringEventId']));
}

function changeListing(fate: CallFate, answer: HttpResponse): HttpResponse {
  const body = JSON.parse(answer.body) as Record<string, unknown>;
  const name = 'items' in body ? 'items' : 'value';
  const entries = (body[name] ?? []) as Entry[];
  // Cut short is the end of a list, not its middle.
  const hasMore = 'nextPageToken' in body || '@odata.nextLink' in body;
  if (hasMore && fate !== 'repeated-entries') return answer;
  const kept =
    fate === 'empty-listing'
      ? []
      : fate === 'half-listing'
        ? listHalf(entries)
        : entries.flatMap((entry) => [entry, entry]);
  return { ...answer, body: JSON.stringify({ ...body, [name]: kept }) };
}
