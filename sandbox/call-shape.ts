import type { ProviderName } from './world.ts';

/** What a path says before any provider has looked at it. */
export interface PathShape {
  operation: string;
  calendarId: string | null;
}

const googleMethods: Record<string, string> = {
  GET: 'get',
  POST: 'insert',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
};

/** Names of `POST` methods that are a word behind the collection or the event. */
const googleVerbs = new Set(['import', 'instances', 'move', 'quickAdd', 'watch', 'clear', 'stop']);

/** `events.patch` and the like, as Google's discovery document calls it. */
function describeGooglePath(method: string, path: string): PathShape {
  if (path.startsWith('/batch/')) return { operation: 'batch', calendarId: null };
  const segments = path.split('/').slice(3).map(decode);
  if (segments[0] === 'users') return describeGoogleResource(method, segments.slice(2), null);
  if (segments[0] === 'calendars' && segments.length > 2 && segments[2] !== 'clear') {
    return describeGoogleResource(method, segments.slice(2), segments[1] ?? null);
  }
  if (segments[0] === 'freeBusy') return { operation: 'freeBusy.query', calendarId: null };
  const calendarId = segments[0] === 'calendars' ? (segments[1] ?? null) : null;
  return describeGoogleResource(method, segments, calendarId);
}

function describeGoogleResource(
  method: string,
  segments: readonly string[],
  calendarId: string | null,
): PathShape {
  const [resource = 'unknown', ...rest] = segments;
  const last = rest.at(-1);
  if (last !== undefined && googleVerbs.has(last)) {
    return { operation: `${resource}.${last}`, calendarId };
  }
  const isCollection = rest.length === 0 && resource !== 'colors';
  const name = method === 'GET' && isCollection ? 'list' : (googleMethods[method] ?? 'unknown');
  return { operation: `${resource}.${name}`, calendarId };
}

const graphMethods: Record<string, string> = {
  GET: 'get',
  POST: 'create',
  PATCH: 'update',
  DELETE: 'delete',
};

/** Collections whose members are named by an id. */
const graphCollections = ['calendarGroups', 'calendars', 'events', 'subscriptions'];

/** `events.update`, `events.instances`, `calendarView.delta`, `subscriptions.create`, `me.get`. */
function describeGraphPath(method: string, path: string): PathShape {
  // `events('id')` is `events/id`.
  const plain = path.replace(/\('([^/]*)'\)/g, '/$1');
  const segments = plain.split('/').slice(2).filter(Boolean).map(decode);
  const calendarAt = segments.indexOf('calendars');
  const calendarId = calendarAt < 0 ? null : (segments[calendarAt + 1] ?? null);
  if (segments[0] === '$batch') return { operation: 'batch', calendarId: null };
  const mine =
    segments[0] === 'users' ? segments.slice(2) : segments.slice(segments[0] === 'me' ? 1 : 0);
  return { operation: nameGraphCall(method, mine), calendarId };
}

function nameGraphCall(method: string, segments: readonly string[]): string {
  const verb = graphMethods[method] ?? 'unknown';
  const [first, second] = segments.slice(-2).map((segment) => segment.replace(/\(.*$/, ''));
  if (first === undefined) return `me.${verb}`;
  const viewAt = segments.indexOf('calendarView');
  if (viewAt >= 0) return segments.length > viewAt + 1 ? 'calendarView.delta' : 'calendarView.list';
  if (second?.startsWith('delta') && first === 'events') return 'events.delta';
  const at = segments.findLastIndex((segment) => graphCollections.includes(segment));
  if (at < 0) return nameGraphSingleton(method, first, second);
  const [id, action] = segments.slice(at + 1);
  const collection = segments[at] ?? '';
  if (id === undefined) return `${collection}.${method === 'GET' ? 'list' : verb}`;
  return `${collection}.${action?.replace(/^microsoft\.graph\./, '') ?? verb}`;
}

/** The default calendar, the settings, and actions that belong to no collection. */
function nameGraphSingleton(method: string, first: string, second: string | undefined): string {
  if (first === 'calendar' && second === undefined) return `calendars.${graphMethods[method]}`;
  if (method !== 'POST') return `${first}.${graphMethods[method] ?? 'unknown'}`;
  return second === undefined ? first : `${first}.${second}`;
}

export const describePath = (provider: ProviderName, method: string, path: string) =>
  provider === 'google' ? describeGooglePath(method, path) : describeGraphPath(method, path);

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
