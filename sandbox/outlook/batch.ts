import type { Answer } from './call.ts';
import type { GraphRequest } from './answer.ts';
import { badQuery } from './graph-error.ts';
import { isAbsent, isObject, readArray, readObject, readString, type Json } from './json.ts';

/** Source: json-batching. */
const PARTS_MAX = 20;

interface Part {
  id: string;
  method: string;
  url: string;
  headers: Record<string, string>;
  body: Json;
  dependsOn: string[];
}

type RunPart = (request: GraphRequest) => Promise<Answer>;

/**
 * Reads `$batch`; throws 400 for a malformed one. Parts that are refused singly do not spoil the
 * rest.
 */
export function readParts(body: Json): Part[] {
  const parts = readArray(readObject(body, 'body').requests, 'requests').map(readPart);
  if (parts.length === 0 || parts.length > PARTS_MAX) {
    throw badQuery(`Number of batch request steps exceeds the maximum value of ${PARTS_MAX}.`);
  }
  const ids = new Set(parts.map(({ id }) => id));
  if (ids.size < parts.length) throw badQuery('The ids of the requests of a batch must differ.');
  checkDependencies(parts, ids);
  return parts;
}

function readPart(input: Json): Part {
  const part = readObject(input, 'requests');
  const headers = isObject(part.headers) ? part.headers : {};
  const url = readString(part.url, 'url');
  if (/^\/?\$batch/i.test(url)) throw badQuery('A batch cannot hold another batch.');
  return {
    id: readString(part.id, 'id'),
    method: readString(part.method, 'method').toUpperCase(),
    url: url.startsWith('/') ? url : `/${url}`,
    headers: Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]),
    ),
    body: part.body,
    dependsOn: isAbsent(part.dependsOn)
      ? []
      : readArray(part.dependsOn, 'dependsOn').map((id) => readString(id, 'dependsOn')),
  };
}

/** Only parallel, serial (each on the one before) or all on the same part. Source: known-issues. */
function checkDependencies(parts: Part[], ids: Set<string>): void {
  for (const [index, { dependsOn }] of parts.entries()) {
    const earlier = new Set(parts.slice(0, index).map(({ id }) => id));
    for (const id of dependsOn) {
      if (!ids.has(id) || !earlier.has(id)) throw badQuery(`Unknown dependency '${id}'.`);
    }
  }
  const dependent = parts.filter(({ dependsOn }) => dependsOn.length > 0);
  const parents = new Set(dependent.flatMap(({ dependsOn }) => dependsOn));
  const isSerial = parts.every(
    ({ dependsOn }, index) =>
      index === 0 || (dependsOn.length === 1 && dependsOn[0] === parts[index - 1]?.id),
  );
  if (parents.size > 1 && !isSerial)
    throw badQuery('The dependencies of the batch are unsupported.');
}

/** Runs the parts, a few at once, and answers them in an order of its own. */
export async function runParts(
  request: GraphRequest,
  { parts, atOnce, run }: { parts: Part[]; atOnce: number; run: RunPart },
): Promise<Answer> {
  const answers = new Map<string, Answer>();
  let waiting = parts;
  while (waiting.length > 0) {
    const ready = waiting
      .filter(({ dependsOn }) => dependsOn.every((id) => answers.has(id)))
      .slice(0, atOnce);
    const done = await Promise.all(ready.map((part) => runPart(request, part, { answers, run })));
    for (const [index, answer] of done.entries()) answers.set(ready[index]?.id ?? '', answer);
    waiting = waiting.filter(({ id }) => !answers.has(id));
  }
  const responses = [...answers].map(([id, { status, headers, body }]) => ({
    id,
    status,
    headers: body === undefined ? headers : { ...headers, 'Content-Type': 'application/json' },
    ...(body !== undefined && { body }),
  }));
  return { status: 200, body: { responses: responses.reverse() } };
}

async function runPart(
  request: GraphRequest,
  part: Part,
  { answers, run }: { answers: Map<string, Answer>; run: RunPart },
): Promise<Answer> {
  const hasFailed = part.dependsOn.some((id) => (answers.get(id)?.status ?? 500) >= 400);
  if (hasFailed)
    return failure(424, 'FailedDependency', 'A request that this one depends on failed.');
  if (part.body !== undefined && part.headers['content-type'] === undefined) {
    return failure(400, 'BadRequest', 'A request with a body needs a Content-Type header.');
  }
  const version = request.pathname.split('/')[1] ?? '';
  const url = new URL(`${request.origin}/${version}${part.url}`);
  return run({
    method: part.method,
    origin: request.origin,
    pathname: url.pathname,
    search: url.search,
    header: (name) => part.headers[name.toLowerCase()] ?? null,
    text: async () => (part.body === undefined ? '' : JSON.stringify(part.body)),
  });
}

const failure = (status: number, code: string, message: string): Answer => ({
  status,
  body: { error: { code, message } },
});
