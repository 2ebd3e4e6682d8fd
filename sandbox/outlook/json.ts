import { unreadableBody } from './graph-error.ts';

/** A value out of a request body, before anything is known about it. */
export type Json = unknown;
export type JsonObject = { [name: string]: Json };

export function isObject(input: Json): input is JsonObject {
  return typeof input === 'object' && input !== null && !Array.isArray(input);
}

export function readObject(input: Json, name: string): JsonObject {
  if (isObject(input)) return input;
  throw unreadableBody(`The value of '${name}' is not an object.`);
}

export function readArray(input: Json, name: string): Json[] {
  if (Array.isArray(input)) return input;
  throw unreadableBody(`The value of '${name}' is not a collection.`);
}

export function readString(input: Json, name: string): string {
  if (typeof input === 'string') return input;
  throw unreadableBody(`Cannot convert the value of '${name}' to the expected type 'Edm.String'.`);
}

/** Official samples write "true" for true; Graph takes both. */
export function readBoolean(input: Json, name: string): boolean {
  if (typeof input === 'boolean') return input;
  if (input === 'true' || input === 'false') return input === 'true';
  throw unreadableBody(`Cannot convert the value of '${name}' to the expected type 'Edm.Boolean'.`);
}

export function readInteger(input: Json, name: string): number {
  if (typeof input === 'number' && Number.isInteger(input)) return input;
  throw unreadableBody(`Cannot convert the value of '${name}' to the expected type 'Edm.Int32'.`);
}

/** Requests may write enum members in any case; answers never do. */
export function readEnum<T extends string>(input: Json, members: readonly T[], name: string): T {
  const text = readString(input, name).toLowerCase();
  const member = members.find((each) => each.toLowerCase() === text);
  if (member !== undefined) return member;
  throw unreadableBody(`Requested value '${String(input)}' was not found.`);
}

/**
 * Members with their names in lower camel case: samples also write `Start`, `DateTime`, `Comment`.
 */
export function foldNames(input: JsonObject): JsonObject {
  const folded: JsonObject = {};
  for (const [name, value] of Object.entries(input)) {
    folded[name.charAt(0).toLowerCase() + name.slice(1)] = value;
  }
  return folded;
}

export function isAbsent(input: Json): input is null | undefined {
  return input === null || input === undefined;
}
