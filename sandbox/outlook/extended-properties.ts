import { invalidProperty } from './graph-error.ts';
import { readArray, readObject, readString, type Json } from './json.ts';
import type { StoredEvent } from './state.ts';

type Property = StoredEvent['extendedProperties'][number];
type MultiValue = StoredEvent['multiValueProperties'][number];

const guid = '\\{[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\\}';
const propertyId = new RegExp(
  `^(\\w+)\\s+(?:(${guid})\\s+(Name|Id)\\s+(.+)|(0x[0-9a-fA-F]+))$`,
  'i',
);

/**
 * One spelling per property: type and GUID in any case, the name as written, for names are
 * case-sensitive. Throws 400 for what is no property id. Source: extended-properties-overview.
 */
export function foldPropertyId(id: string): string {
  let folded = foldedIds.get(id);
  if (folded === undefined) {
    if (foldedIds.size > 10_000) foldedIds.clear();
    folded = fold(id);
    foldedIds.set(id, folded);
  }
  return folded;
}

/** A few names are asked for over and over, once for each event of a calendar. */
const foldedIds = new Map<string, string>();

function fold(id: string): string {
  const match = propertyId.exec(id.trim());
  if (!match) throw invalidProperty(`The extended property id '${id}' is invalid.`);
  const [, type = '', set = '', kind = '', name = '', tag = ''] = match;
  const label = kind.toLowerCase() === 'id' ? name.toLowerCase() : name;
  return [type.toLowerCase(), set.toLowerCase(), kind.toLowerCase(), label, tag.toLowerCase()].join(
    ' ',
  );
}

/**
 * Adds or replaces; properties that are not mentioned stay. Source:
 * singlevaluelegacyextendedproperty.
 */
export function mergeProperties(existing: Property[], input: Json): Property[] {
  return merge(existing, input, 'singleValueExtendedProperties', readString);
}

/** The same for lists of values. Source: multivaluelegacyextendedproperty. */
export function mergeMultiValues(existing: MultiValue[], input: Json): MultiValue[] {
  return merge(existing, input, 'multiValueExtendedProperties', (value, name) =>
    readArray(value, name).map((each) => readString(each, name)),
  );
}

function merge<T>(
  existing: { id: string; value: T }[],
  input: Json,
  member: string,
  readValue: (value: Json, name: string) => T,
): { id: string; value: T }[] {
  const merged = new Map(existing.map((property) => [foldPropertyId(property.id), property]));
  for (const each of readArray(input ?? [], member)) {
    const { id, value } = readObject(each, member);
    const text = readString(id, `${member}.id`);
    const folded = foldPropertyId(text);
    if (value === null) merged.delete(folded);
    else merged.set(folded, { id: text, value: readValue(value, 'value') });
  }
  return [...merged.values()];
}
