import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

/**
 * Judges exchanges with Microsoft Graph by its own types, where the schema made from its metadata
 * is at hand. Wrong types, wrong enum members and undeclared members of closed types are
 * violations.
 */

/** What one request and its answer were. `operation` is the name that the sandbox records. */
export interface GraphExchange {
  operation: string;
  method: string;
  url: string;
  requestBody?: unknown;
  status: number;
  responseBody?: unknown;
}

/**
 * `event` is an open type: these members come over the wire though the v1.0 metadata does not
 * declare them.
 */
const knownEventExtras = new Set(['occurrenceId', 'uid']);

const sharedFolder =
  process.env.KALENDS_SHARED ?? fileURLToPath(new URL('../../../shared', import.meta.url));
const schemaFile = `${sharedFolder}/providers/data/graph-calendar.schema.json`;

export const hasGraphSchema = existsSync(schemaFile);

type TypeName = 'event' | 'calendar' | 'subscription' | 'changeNotificationCollection';
type Schema = { $defs: Record<string, { properties: Record<string, unknown> }> };

const loaded = hasGraphSchema ? load() : null;

function load() {
  const answers = JSON.parse(readFileSync(schemaFile, 'utf8')) as Schema;
  const requests = foldEnums(structuredClone(answers)) as Schema;
  return { members: membersOf(answers), answer: compile(answers), request: compile(requests) };
}

function compile(schema: Schema): (type: TypeName) => ValidateFunction {
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  addFormats.default(ajv);
  ajv.addSchema(schema, 'graph');
  return (type) => {
    const validate = ajv.getSchema(`graph#/$defs/${type}`);
    if (!validate) throw new Error(`the schema has no ${type}`);
    return validate;
  };
}

function membersOf({ $defs }: Schema): Set<string> {
  return new Set(Object.keys($defs.event?.properties ?? {}));
}

/** Requests may write enum members in any case. */
function foldEnums(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(foldEnums);
  if (typeof node !== 'object' || node === null) return node;
  const folded = Object.fromEntries(Object.entries(node).map(([k, v]) => [k, foldEnums(v)]));
  if (!Array.isArray(folded.enum)) return folded;
  const { enum: members, ...rest } = folded as { enum: string[] };
  const inAnyCase = (text: string) =>
    text.replaceAll(/[a-z]/gi, (c) => `[${c.toLowerCase()}${c.toUpperCase()}]`);
  return { ...rest, pattern: `^(?:${members.map(inAnyCase).join('|')})$` };
}

/**
 * What is wrong with an exchange; nothing when all is well, or when there is no schema to judge by.
 */
export function checkGraphExchange(exchange: GraphExchange): string[] {
  if (exchange.status >= 400) return checkError(exchange);
  const type = typeOf(exchange);
  if (!type) return [];
  return [...checkRequest(type, exchange), ...checkAnswer(type, exchange)];
}

/** Notifications that Graph sends, judged by the same types. */
export function checkGraphNotification(body: unknown): string[] {
  return check('changeNotificationCollection', body, 'answer', 'notification');
}

function typeOf({ operation, url }: GraphExchange): TypeName | null {
  if (/^(events\.(create|update|get|list|instances|delta)|calendarView\.)/.test(operation)) {
    return 'event';
  }
  if (operation.startsWith('calendars.')) return 'calendar';
  if (operation.startsWith('subscriptions.')) return 'subscription';
  if (operation !== '') return null;
  const path = url.replace(/\?.*$/s, '');
  if (/\/(events|calendarView)(\/[^/]+)?(\/instances)?$/i.test(path)) return 'event';
  if (/\/(calendar|calendars|calendars\/[^/]+)$/i.test(path)) return 'calendar';
  return /\/subscriptions(\/[^/]+)?$/i.test(path) ? 'subscription' : null;
}

function checkRequest(type: TypeName, { method, requestBody }: GraphExchange): string[] {
  if (requestBody === undefined || (method !== 'POST' && method !== 'PATCH')) return [];
  return check(type, requestBody, 'request', `${method} ${type}`);
}

function checkAnswer(type: TypeName, { status, responseBody }: GraphExchange): string[] {
  if (status === 204 || status === 202) {
    return responseBody === undefined ? [] : [`${status} has a body`];
  }
  if (!isObject(responseBody)) return ['the answer is no object'];
  if (!('value' in responseBody)) return checkItem(type, responseBody);
  if (!Array.isArray(responseBody.value)) return ['value is no list'];
  return responseBody.value.flatMap((item: unknown) => checkItem(type, item));
}

function checkItem(type: TypeName, item: unknown): string[] {
  const violations = check(type, item, 'answer', type);
  if (type !== 'event' || !loaded || !isObject(item)) return violations;
  const unknown = Object.keys(item).filter(
    (name) => !name.includes('@') && !loaded.members.has(name) && !knownEventExtras.has(name),
  );
  return [...violations, ...unknown.map((name) => `event has an unknown member '${name}'`)];
}

function check(type: TypeName, data: unknown, side: 'answer' | 'request', where: string): string[] {
  if (!loaded) return [];
  const validate = loaded[side](type);
  if (validate(data)) return [];
  return (validate.errors ?? []).map(
    ({ instancePath, message, params }) =>
      `${where}${instancePath}: ${message ?? ''} ${JSON.stringify(params)}`,
  );
}

function checkError({ status, responseBody }: GraphExchange): string[] {
  const error = isObject(responseBody) ? responseBody.error : undefined;
  if (!isObject(error)) return [`${status} without an error object`];
  const isWorded = typeof error.code === 'string' && typeof error.message === 'string';
  return isWorded ? [] : [`${status}: the error has no code or no message`];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
