import { makeFaultStatus } from './fault-effects.ts';
import type { FaultEffect } from './faults.ts';
import type { ProviderName } from './world.ts';

/** What a batch holds, as far as faults are concerned. */
interface BatchPart {
  method: string;
  /** Path and query, as if the part had come alone. */
  url: string;
}

export interface BatchGate {
  request: Request;
  /** The effect that a part draws; only `status`, `lose` and `reorder` mean something here. */
  draw(part: BatchPart): FaultEffect | undefined;
  /** Notes a part that the provider never saw. */
  note(part: BatchPart, status: number): void;
  /** Lets the provider answer what is left of the batch. */
  serve(request: Request): Promise<Response>;
  now(): number;
}

/**
 * Lets a batch through, its parts failing singly. A malformed one is left to the provider to
 * refuse.
 */
export async function passBatch(provider: ProviderName, gate: BatchGate): Promise<Response> {
  const text = await gate.request.text();
  const play = provider === 'google' ? playMultipart : playJson;
  return play(text, gate);
}

const withBody = (request: Request, body: string) =>
  new Request(request.url, { method: request.method, headers: request.headers, body });

interface JsonPart extends BatchPart {
  id: string;
  dependsOn?: string[];
}

interface JsonAnswer {
  id: string;
  status: number;
  headers?: Record<string, string>;
  body?: unknown;
}

/** Graph's `$batch`. What depends on a failed part fails with 424. Source: json-batching */
async function playJson(text: string, gate: BatchGate): Promise<Response> {
  const parts = readJsonParts(text);
  if (!parts) return gate.serve(withBody(gate.request, text));
  const version = new URL(gate.request.url).pathname.split('/')[1] ?? '';
  const failed = new Map<string, JsonAnswer>();
  const late = new Map<string, FaultEffect>();
  for (const part of parts) {
    if (part.dependsOn?.some((id) => failed.has(id))) {
      failed.set(part.id, toAnswer(part.id, { kind: 'status', status: 424 }, gate));
      continue;
    }
    const shown = { method: part.method, url: `/${version}/${part.url.replace(/^\//, '')}` };
    const effect = gate.draw(shown);
    if (effect?.kind === 'status' && effect.when !== 'after') {
      gate.note(shown, effect.status);
      failed.set(part.id, toAnswer(part.id, effect, gate));
    } else if (effect) late.set(part.id, effect);
  }
  const rest = parts.filter(({ id }) => !failed.has(id));
  const served = rest.length > 0 ? await serveJson(rest, gate) : [];
  if (served instanceof Response) return served;
  const responses = [...failed.values(), ...served].flatMap((answer) => {
    const effect = late.get(answer.id);
    if (effect?.kind === 'lose') return [];
    return [effect?.kind === 'status' ? toAnswer(answer.id, effect, gate) : answer];
  });
  if ([...late.values()].some(({ kind }) => kind === 'reorder')) responses.reverse();
  return Response.json({ responses });
}

function readJsonParts(text: string): JsonPart[] | undefined {
  try {
    const { requests } = JSON.parse(text) as { requests?: JsonPart[] };
    const isReadable = requests?.every(
      ({ id, method, url }) =>
        typeof id === 'string' && typeof method === 'string' && typeof url === 'string',
    );
    return isReadable ? requests : undefined;
  } catch {
    return undefined;
  }
}

async function serveJson(requests: JsonPart[], gate: BatchGate): Promise<JsonAnswer[] | Response> {
  const response = await gate.serve(withBody(gate.request, JSON.stringify({ requests })));
  if (!response.ok) return response;
  const { responses } = (await response.json()) as { responses: JsonAnswer[] };
  return responses;
}

function toAnswer(
  id: string,
  effect: FaultEffect & { kind: 'status' },
  gate: BatchGate,
): JsonAnswer {
  const { status, headers, body } = makeFaultStatus(effect, 'outlook', gate.now());
  return { id, status, headers: Object.fromEntries(headers), body: JSON.parse(body) as unknown };
}

interface Section extends BatchPart {
  raw: string;
  contentId: string | null;
}

/** Google's `multipart/mixed`. Source: guides/batch */
async function playMultipart(text: string, gate: BatchGate): Promise<Response> {
  const boundary = findBoundary(gate.request.headers);
  const sections = boundary === undefined ? undefined : readSections(text, boundary);
  if (boundary === undefined || !sections) return gate.serve(withBody(gate.request, text));
  const effects = sections.map((section) => gate.draw(section));
  const isUnseen = (index: number) => {
    const effect = effects[index];
    return effect?.kind === 'status' && effect.when !== 'after';
  };
  const rest = sections.filter((_, index) => !isUnseen(index));
  const body = `${rest.map(({ raw }) => `--${boundary}${raw}`).join('')}--${boundary}--\r\n`;
  const response = rest.length > 0 ? await gate.serve(withBody(gate.request, body)) : undefined;
  if (response && !response.ok) return response;
  const answerBoundary = (response && findBoundary(response.headers)) ?? 'batch_fault';
  const served = response ? splitParts(await response.text(), answerBoundary) : [];
  const answers = sections.flatMap((section, index) => {
    const effect = effects[index];
    const real = isUnseen(index) ? '' : (served.shift() ?? '');
    if (effect?.kind === 'lose') return [];
    if (effect?.kind !== 'status') return [real];
    if (isUnseen(index)) gate.note(section, effect.status);
    return [printFailure(section, effect, gate)];
  });
  if (effects.some((effect) => effect?.kind === 'reorder')) answers.reverse();
  const whole = `${answers.map((part) => `--${answerBoundary}${part}`).join('')}--${answerBoundary}--\r\n`;
  return new Response(whole, {
    headers: { 'content-type': `multipart/mixed; boundary=${answerBoundary}` },
  });
}

const findBoundary = (headers: Headers) =>
  /boundary="?([^";,]+)"?/i.exec(headers.get('content-type') ?? '')?.[1];

/** Everything between the boundaries, line breaks and all. */
const splitParts = (text: string, boundary: string) =>
  text
    .split(`--${boundary}`)
    .slice(1)
    .filter((part) => !part.startsWith('--'));

function readSections(text: string, boundary: string): Section[] | undefined {
  const sections = splitParts(text, boundary).map((raw) => {
    const line = /^(GET|POST|PUT|PATCH|DELETE)\s+(\S+)/m.exec(raw);
    const contentId = /^content-id:\s*(\S+)/im.exec(raw)?.[1] ?? null;
    return { raw, contentId, method: line?.[1] ?? '', url: line?.[2] ?? '' };
  });
  return sections.every(({ url }) => url.startsWith('/')) ? sections : undefined;
}

function printFailure(
  { contentId }: Section,
  effect: FaultEffect & { kind: 'status' },
  gate: BatchGate,
): string {
  const { status, headers, body } = makeFaultStatus(effect, 'google', gate.now());
  const id = contentId === null ? '' : `Content-ID: ${contentId.replace(/^<?/, '<response-')}\r\n`;
  const lines = [...headers].map(([name, value]) => `${name}: ${value}\r\n`).join('');
  return `\r\nContent-Type: application/http\r\n${id}\r\nHTTP/1.1 ${status} Fault\r\n${lines}\r\n${body}\r\n`;
}
