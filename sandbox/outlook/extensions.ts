import type { Answer, Call } from './call.ts';
import { contextOf } from './call.ts';
import { GraphError, invalidProperty } from './graph-error.ts';
import { readArray, readObject, type Json, type JsonObject } from './json.ts';
import type { StoredEvent } from './state.ts';
import { countExtensionUse } from './throttle.ts';

const TYPE = 'microsoft.graph.openTypeExtension';

/**
 * Open extensions. Changes to them are not change-tracked: no new change key, no delta, no
 * notification.
 */
export function mergeExtensions(existing: JsonObject[], input: Json): JsonObject[] {
  const merged = new Map(existing.map((each) => [nameOf(each).toLowerCase(), each]));
  for (const each of readArray(input ?? [], 'extensions')) {
    const extension = readExtension(each);
    merged.set(nameOf(extension).toLowerCase(), extension);
  }
  return [...merged.values()];
}

function readExtension(input: Json): JsonObject {
  const given = readObject(input, 'extensions');
  const { extensionName } = given;
  if (typeof extensionName !== 'string' || extensionName === '') {
    throw invalidProperty('An open extension needs an extensionName.');
  }
  return withoutOwn(given);
}

function withoutOwn(given: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(given).filter(([name]) => name !== 'id' && !name.startsWith('@')),
  );
}

const nameOf = (extension: JsonObject) => String(extension.extensionName);

const renderExtension = (extension: JsonObject): JsonObject => ({
  '@odata.type': `#${TYPE}`,
  id: `${TYPE}.${nameOf(extension)}`,
  ...extension,
});

/** Those named, with or without the type's name in front; all when none is named. */
export function listExtensions(event: StoredEvent, names: string[]): JsonObject[] {
  const wanted = new Set(names.map(plainName));
  return event.extensions
    .filter((each) => wanted.size === 0 || wanted.has(nameOf(each).toLowerCase()))
    .map(renderExtension);
}

const plainName = (name: string) =>
  name
    .toLowerCase()
    .replace(/^(microsoft\.graph|microsoft\.outlookservices)\.opentypeextension\./, '');

function findExtension(event: StoredEvent, name: string): JsonObject {
  const found = event.extensions.find((each) => nameOf(each).toLowerCase() === plainName(name));
  if (found) return found;
  throw new GraphError(
    404,
    'ErrorItemNotFound',
    'The specified object was not found in the store.',
  );
}

/** `…/events/{id}/extensions` and `…/extensions/{name}`. */
export function answerExtensions(call: Call, event: StoredEvent, name?: string): Answer {
  countExtensionUse(call, call.caller);
  const context = contextOf(call, `events/extensions/$entity`);
  if (name === undefined) {
    if (call.method === 'GET') return { status: 200, body: { value: listExtensions(event, []) } };
    const extension = readExtension(call.body);
    event.extensions = mergeExtensions(event.extensions, [extension]);
    return { status: 201, body: { '@odata.context': context, ...renderExtension(extension) } };
  }
  const existing = findExtension(event, name);
  switch (call.method) {
    case 'GET':
      return { status: 200, body: { '@odata.context': context, ...renderExtension(existing) } };
    case 'PATCH': {
      const changed = { ...existing, ...withoutOwn(readObject(call.body, 'extension')) };
      event.extensions = mergeExtensions(event.extensions, [changed]);
      return { status: 200, body: { '@odata.context': context, ...renderExtension(changed) } };
    }
    default:
      event.extensions = event.extensions.filter((each) => each !== existing);
      return { status: 204 };
  }
}
