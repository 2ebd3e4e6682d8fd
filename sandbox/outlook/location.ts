import {
  isAbsent,
  isObject,
  readArray,
  readEnum,
  readObject,
  type Json,
  type JsonObject,
} from './json.ts';
import type { Content } from './state.ts';

type Location = Record<string, unknown>;

/** What Graph answers for an event that has no location. */
export const emptyLocation = (): Location => ({
  displayName: '',
  locationType: 'default',
  uniqueIdType: 'unknown',
  address: {},
  coordinates: {},
});

/**
 * `location` and `locations` are kept in step: writing the first alone replaces the second, and the
 * other way round. Source: event-update, resources/location.
 */
export function readLocations(input: JsonObject): Partial<Pick<Content, 'location' | 'locations'>> {
  const one = input.location === undefined ? undefined : readLocation(input.location);
  const many = input.locations === undefined ? undefined : readList(input.locations);
  if (one && many) return { location: one, locations: many };
  if (one) return { location: one, locations: one.displayName === '' ? [] : [one] };
  if (many) return { location: joinLocations(many), locations: many };
  return {};
}

function readLocation(input: Json): Location {
  if (input === null) return emptyLocation();
  const given = readObject(input, 'location');
  const displayName = typeof given.displayName === 'string' ? given.displayName : '';
  if (displayName === '') return { ...emptyLocation(), ...objectsOf(given) };
  return {
    displayName,
    ...(typeof given.locationUri === 'string' && { locationUri: given.locationUri }),
    ...(typeof given.locationEmailAddress === 'string' && {
      locationEmailAddress: given.locationEmailAddress,
    }),
    // Read-only: whatever an API client writes is a place of the default type.
    locationType: 'default',
    ...identityOf(given, displayName),
    ...objectsOf(given),
  };
}

function readList(input: Json): Location[] {
  return readArray(input ?? [], 'locations').map(readLocation);
}

const idTypes = ['unknown', 'locationStore', 'directory', 'private', 'bing'] as const;

/** A place that a client names gets its name for an id, unless it came with one. */
function identityOf({ uniqueId, uniqueIdType }: JsonObject, displayName: string): Location {
  const type = isAbsent(uniqueIdType)
    ? 'private'
    : readEnum(uniqueIdType, idTypes, 'location.uniqueIdType');
  if (typeof uniqueId === 'string') return { uniqueId, uniqueIdType: type };
  return type === 'unknown'
    ? { uniqueIdType: type }
    : { uniqueId: displayName, uniqueIdType: type };
}

function objectsOf(given: JsonObject): Location {
  return {
    ...(isObject(given.address) && { address: given.address }),
    ...(isObject(given.coordinates) && { coordinates: given.coordinates }),
  };
}

function joinLocations(locations: Location[]): Location {
  const [first] = locations;
  if (!first) return emptyLocation();
  if (locations.length === 1) return first;
  return readLocation({ displayName: locations.map((each) => each.displayName).join('; ') });
}
