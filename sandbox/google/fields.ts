/** Partial responses: `fields=items(id,start/dateTime),nextPageToken`. */

import { invalidParameter } from './errors.ts';
import { isObject, type Json, type JsonObject } from './json.ts';

/** What is kept below a member; an empty map keeps everything. */
type Mask = Map<string, Mask>;

const LENGTH_MAX = 4_000;

/** The object with only the selected members. Throws 400 for a mask that does not parse. */
export function selectFields(value: JsonObject, fields: string): JsonObject {
  const selected = select(value, parseMask(fields));
  return isObject(selected) ? selected : {};
}

function select(value: Json, mask: Mask): Json {
  if (mask.size === 0) return value;
  if (Array.isArray(value)) return (value as readonly Json[]).map((item) => select(item, mask));
  if (!isObject(value)) return value;
  const all = mask.get('*');
  const kept: Record<string, Json> = {};
  for (const [key, member] of Object.entries(value)) {
    const below = mask.get(key) ?? all;
    if (below && member !== undefined) kept[key] = select(member, below);
  }
  return kept;
}

function parseMask(text: string): Mask {
  if (text.length > LENGTH_MAX) throw invalidParameter('fields', text.slice(0, 80));
  const tokens = text.match(/[^,()/\s]+|[,()/]/g) ?? [];
  let index = 0;
  const fail = () => invalidParameter('fields', text);

  function parseList(): Mask {
    const mask: Mask = new Map();
    for (;;) {
      parsePath(mask);
      if (tokens[index] !== ',') return mask;
      index++;
    }
  }

  function parsePath(mask: Mask): void {
    const name = tokens[index++];
    if (name === undefined || /^[,()/]$/.test(name)) throw fail();
    const known = mask.get(name);
    const below: Mask = known ?? new Map();
    mask.set(name, below);
    if (tokens[index] === '/') {
      index++;
      parsePath(below);
    } else if (tokens[index] === '(') {
      index++;
      for (const [key, inner] of parseList()) below.set(key, inner);
      if (tokens[index++] !== ')') throw fail();
    }
  }

  const mask = parseList();
  if (index !== tokens.length) throw fail();
  return mask;
}
