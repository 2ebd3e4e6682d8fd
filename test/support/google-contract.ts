/**
 * Judges exchanges with Google Calendar (real or played) by Google's own discovery document.
 *
 * The document is not part of this repository; where it is absent `googleContract` is null and the
 * checks that need it skip.
 */

import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Ajv, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';

export interface GoogleExchange {
  /** `events.insert`, `calendarList.list`, … as the discovery document names methods. */
  operation: string;
  method: string;
  url: string;
  requestBody?: unknown;
  status: number;
  responseBody?: unknown;
}

interface Schema {
  [key: string]: unknown;
  properties?: Record<string, Schema>;
}

interface Method {
  request?: { $ref: string };
  response?: { $ref: string };
}

interface Discovery {
  schemas: Record<string, Schema>;
  resources: Record<string, { methods: Record<string, Method> }>;
}

const sharedFolder = process.env.KALENDS_SHARED ?? resolve(import.meta.dirname, '../../../shared');
const dataFolder = resolve(sharedFolder, 'providers/data');
const discoveryFile = resolve(dataFolder, 'google-calendar-v3.discovery.json');
const enumsFile = resolve(dataFolder, 'google-calendar-v3.prose-enums.json');

export const hasGoogleContract = existsSync(discoveryFile) && existsSync(enumsFile);

let contract: ReturnType<typeof buildContract> | undefined;

/**
 * What is wrong with the exchange, in words; an empty list is good. Without the discovery document
 * nothing can be wrong: ask `hasGoogleContract` first.
 */
export function checkGoogleExchange(exchange: GoogleExchange): string[] {
  if (!hasGoogleContract) return [];
  contract ??= buildContract();
  return contract(exchange);
}

function buildContract(): (exchange: GoogleExchange) => string[] {
  const discovery = JSON.parse(readFileSync(discoveryFile, 'utf8')) as Discovery;
  const enums = (JSON.parse(readFileSync(enumsFile, 'utf8')) as { enums: Record<string, string[]> })
    .enums;
  for (const [path, values] of Object.entries(enums)) overlayEnum(discovery.schemas, path, values);
  const responses = newAjv(discovery.schemas, 'response');
  const requests = newAjv(discovery.schemas, 'request');

  return (exchange) => {
    const [resource = '', name = ''] = exchange.operation.split('.');
    // The document spells this resource in lower case, its paths and everybody else do not.
    const methods = discovery.resources[resource === 'freeBusy' ? 'freebusy' : resource]?.methods;
    const method = methods?.[name];
    if (!method) return [`${exchange.operation}: no such method in the discovery document`];
    if (exchange.status >= 400) return checkErrorBody(exchange);
    if (exchange.status === 304) return [];
    const violations = checkEmptyOrBody(exchange, method, responses);
    if (exchange.method === 'PATCH' || !method.request) return violations;
    return [...violations, ...validate(requests, method.request.$ref, exchange.requestBody)];
  };
}

function checkEmptyOrBody(exchange: GoogleExchange, method: Method, ajv: Ajv): string[] {
  if (!method.response) {
    return exchange.responseBody ? [`${exchange.operation}: a body where none belongs`] : [];
  }
  return validate(ajv, method.response.$ref, exchange.responseBody);
}

/** Both shapes; the document does not describe errors. Source: guides/errors. */
function checkErrorBody({ operation, status, responseBody }: GoogleExchange): string[] {
  const error = (responseBody as { error?: Schema } | undefined)?.error;
  const details = error?.errors;
  const isWhole =
    error?.code === status &&
    typeof error.message === 'string' &&
    Array.isArray(details) &&
    details.length > 0 &&
    details.every((each: Schema) =>
      ['domain', 'reason', 'message'].every((key) => typeof each[key] === 'string'),
    );
  return isWhole ? [] : [`${operation}: ${status} without a Google error body`];
}

function validate(ajv: Ajv, schema: string, value: unknown): string[] {
  const check = ajv.getSchema(schema) as ValidateFunction | undefined;
  if (!check) return [`no schema ${schema}`];
  if (check(value)) return [];
  return (check.errors ?? []).map(
    ({ instancePath, message, params }) =>
      `${schema}${instancePath} ${message} ${JSON.stringify(params)}`,
  );
}

/** Requests may carry what Google ignores, and times without an offset; responses may not. */
function newAjv(schemas: Record<string, Schema>, side: 'request' | 'response'): Ajv {
  const ajv = new Ajv({ strict: false, allErrors: true });
  addFormats.default(ajv);
  ajv.addFormat('int32', { type: 'number', validate: (n: number) => Math.abs(n) < 2 ** 31 });
  ajv.addFormat('int64', /^-?\d{1,19}$/);
  for (const [name, schema] of Object.entries(schemas)) {
    ajv.addSchema({ ...adapt(schema, side), $id: name }, name);
  }
  return ajv;
}

function adapt(schema: Schema, side: 'request' | 'response'): Schema {
  const { id: _id, annotations: _a, enumDescriptions: _e, description: _d, ...rest } = schema;
  delete rest.default;
  delete rest.readOnly;
  if (rest.type === 'any') delete rest.type;
  if (rest.format === 'date-time' && side === 'request') rest.format = 'iso-date-time';
  if (schema.properties) {
    rest.properties = Object.fromEntries(
      Object.entries(schema.properties).map(([key, value]) => [key, adapt(value, side)]),
    );
    if (side === 'response') rest.additionalProperties = false;
  } else if (typeof schema.additionalProperties === 'object') {
    rest.additionalProperties = adapt(schema.additionalProperties as Schema, side);
  }
  if (schema.items) rest.items = adapt(schema.items as Schema, side);
  return rest;
}

/** `Event.gadget.display`: a schema, then members, through arrays. */
function overlayEnum(schemas: Record<string, Schema>, path: string, values: string[]): void {
  const [name = '', ...members] = path.split('.');
  let place: Schema | undefined = schemas[name];
  for (const member of members) place = place?.properties?.[member];
  if (!place) throw new Error(`The discovery document has no ${path}`);
  place.enum = values;
}
