/** Sync tokens: base64 of a protobuf with two equal microsecond stamps and the constant 5. */

export interface SyncToken {
  readonly stamp: number;
  /** Kept only where deltas stay inside the window of the first listing. */
  readonly timeMin?: number | undefined;
  readonly timeMax?: number | undefined;
}

const FIELD_TIME_MIN = 6;
const FIELD_TIME_MAX = 7;

/** `scope` names what is listed, so that a token is refused elsewhere. */
export function printSyncToken(token: SyncToken, scope: string): string {
  const mark = BigInt(hashOf(`${scope} ${token.stamp} ${token.timeMin} ${token.timeMax}`));
  const fields: [number, bigint][] = [
    [1, BigInt(token.stamp)],
    [2, BigInt(token.stamp)],
    [3, 5n],
    [4, mark],
    [5, mark],
  ];
  if (token.timeMin !== undefined) fields.push([FIELD_TIME_MIN, BigInt(token.timeMin)]);
  if (token.timeMax !== undefined) fields.push([FIELD_TIME_MAX, BigInt(token.timeMax)]);
  const bytes = fields.flatMap(([field, value]) => [field << 3, ...varint(value)]);
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_');
}

/** `garbled`: not a token at all (400). `foreign`: decodes, but is not of this list (410). */
export function readSyncToken(text: string, scope: string): SyncToken | 'garbled' | 'foreign' {
  const fields = decode(text);
  const stamp = fields?.get(1);
  if (!fields || stamp === undefined || fields.get(3) !== 5n) return 'garbled';
  const timeMin = fields.get(FIELD_TIME_MIN);
  const timeMax = fields.get(FIELD_TIME_MAX);
  const token: SyncToken = {
    stamp: Number(stamp),
    timeMin: timeMin === undefined ? undefined : Number(timeMin),
    timeMax: timeMax === undefined ? undefined : Number(timeMax),
  };
  return printSyncToken(token, scope) === text ? token : 'foreign';
}

/** FNV-1a, 32 bits: enough to notice a token that was altered or belongs to another list. */
export function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return hash >>> 0;
}

function varint(value: bigint): number[] {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, value);
  do {
    const low = Number(rest & 127n);
    rest >>= 7n;
    bytes.push(rest > 0n ? low | 128 : low);
  } while (rest > 0n);
  return bytes;
}

function decode(text: string): Map<number, bigint> | undefined {
  if (!/^[A-Za-z0-9_-]{4,200}={0,2}$/.test(text)) return undefined;
  const fields = new Map<number, bigint>();
  let bytes: string;
  try {
    bytes = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  } catch {
    return undefined;
  }
  for (let index = 0; index < bytes.length; ) {
    const key = bytes.charCodeAt(index++);
    if ((key & 7) !== 0) return undefined;
    let value = 0n;
    let shift = 0n;
    let byte: number;
    do {
      if (index >= bytes.length || shift > 63n) return undefined;
      byte = bytes.charCodeAt(index++);
      value |= BigInt(byte & 127) << shift;
      shift += 7n;
    } while (byte & 128);
    fields.set(key >> 3, BigInt.asIntN(64, value));
  }
  return fields;
}
