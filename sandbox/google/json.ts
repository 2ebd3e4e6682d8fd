/** JSON as it comes from outside, and careful ways to look into it. */

import { parseError } from './errors.ts';

export type Json = string | number | boolean | null | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json | undefined;
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Reads a member that must be a string when present. A wrong type is Google's `parseError`. */
export function findString(object: JsonObject, key: string): string | undefined {
  return findTyped(object, key, (value) => typeof value === 'string');
}

export function findBoolean(object: JsonObject, key: string): boolean | undefined {
  return findTyped(object, key, (value) => typeof value === 'boolean');
}

export function findInteger(object: JsonObject, key: string): number | undefined {
  return findTyped(object, key, (value) => Number.isSafeInteger(value));
}

export function findObject(object: JsonObject, key: string): JsonObject | undefined {
  return findTyped(object, key, isObject);
}

export function findArray(object: JsonObject, key: string): readonly Json[] | undefined {
  return findTyped(object, key, Array.isArray);
}

export function findObjects(object: JsonObject, key: string): readonly JsonObject[] | undefined {
  return findArray(object, key)?.map((item) => {
    if (!isObject(item)) throw parseError();
    return item;
  });
}

export function findStrings(object: JsonObject, key: string): readonly string[] | undefined {
  return findArray(object, key)?.map((item) => {
    if (typeof item !== 'string') throw parseError();
    return item;
  });
}

/** The object with its undefined members left out, for comparing and for snapshots. */
export function withoutUndefined<T extends object>(object: T): T {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as T;
}

/** RFC 7396: `null` clears, objects merge, everything else (arrays too) replaces. */
export function mergePatch(target: Json | undefined, patch: Json): Json {
  if (!isObject(patch)) return patch;
  const merged: Record<string, Json | undefined> = isObject(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === undefined) continue;
    if (value === null) delete merged[key];
    else merged[key] = mergePatch(merged[key], value);
  }
  return merged;
}

export function isSame(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (typeof left !== 'object' || typeof right !== 'object' || !left || !right) return false;
  if (Array.isArray(left) !== Array.isArray(right)) return false;
  const keys = new Set([...Object.keys(left), ...Object.keys(right)]);
  for (const key of keys) {
    if (!isSame(Reflect.get(left, key), Reflect.get(right, key))) return false;
  }
  return true;
}

function findTyped<T>(
  object: JsonObject,
  key: string,
  isRight: (value: unknown) => boolean,
): T | undefined {
  const value = object[key];
  if (value === undefined || value === null) return undefined;
  if (!isRight(value)) throw parseError();
  return value as T;
}
