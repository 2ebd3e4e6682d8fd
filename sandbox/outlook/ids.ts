import type { Runtime } from '../world.ts';
import { GraphError, itemNotFound } from './graph-error.ts';
import type { CalendarGroup, Mailbox, StoredCalendar, StoredEvent } from './state.ts';
import { DAY_MS, parseDate } from './wall-clock.ts';

/**
 * What an id stands for. `version` is null in an immutable id; `slot` names an occurrence of a
 * series.
 */
interface ParsedId {
  kind: 'event' | 'calendar' | 'group';
  key: string;
  version: number | null;
  slot: string | null;
}

const kinds = { E: 'event', C: 'calendar', G: 'group' } as const;
const MUTABLE = 'AAMkA';
const IMMUTABLE = 'AAkAL';

/** Ids look like Exchange's: opaque, case-sensitive, ending in `=`, which paths must encode. */
export function eventId(
  mailbox: Mailbox,
  event: StoredEvent,
  slot: string | null,
  isImmutable: boolean,
): string {
  return eventIdOf(mailbox, event.key, isImmutable ? null : event.version, slot);
}

export function eventIdOf(
  mailbox: Mailbox,
  key: string,
  version: number | null,
  slot: string | null,
): string {
  const prefix = version === null ? IMMUTABLE : MUTABLE;
  return write(prefix, [mailbox.tag, 'E', key, String(version ?? ''), slot ?? '']);
}

export function calendarId(mailbox: Mailbox, calendar: StoredCalendar | { key: string }): string {
  return write(MUTABLE, [mailbox.tag, 'C', calendar.key]);
}

export function groupId(mailbox: Mailbox, group: CalendarGroup | { key: string }): string {
  return write(MUTABLE, [mailbox.tag, 'G', group.key]);
}

const written = new Map<string, string>();

function write(prefix: string, parts: string[]): string {
  const text = parts.join('|');
  const key = prefix + text;
  let id = written.get(key);
  if (id === undefined) {
    if (written.size > 50_000) written.clear();
    id = `${prefix}${Buffer.from(text).toString('base64url')}AAA=`;
    written.set(key, id);
  }
  return id;
}

/** Throws `ErrorInvalidIdMalformed` for what no mailbox ever gave out, or another mailbox did. */
export function parseId(mailbox: Mailbox, id: string): ParsedId {
  const match = /^(AAMkA|AAkAL)([A-Za-z0-9_-]+)AAA=$/.exec(id);
  if (!match) throw malformed();
  const [, prefix, code = ''] = match;
  const text = Buffer.from(code, 'base64url').toString('utf8');
  const [tag, letter, key = '', version = '', slot = ''] = text.split('|');
  if (Buffer.from(text).toString('base64url') !== code) throw malformed();
  if (tag !== mailbox.tag || !(letter === 'E' || letter === 'C' || letter === 'G')) {
    throw malformed();
  }
  return {
    kind: kinds[letter],
    key,
    version: prefix === IMMUTABLE ? null : Number(version),
    slot: slot || null,
  };
}

const malformed = () => new GraphError(400, 'ErrorInvalidIdMalformed', 'Id is malformed.');

/** A default id names the item in its folder: after a move the old one finds nothing. */
export function findEvent(
  mailbox: Mailbox,
  id: string,
): { event: StoredEvent; slot: string | null } {
  const parsed = parseId(mailbox, id);
  const event = mailbox.events.get(parsed.key);
  if (parsed.kind !== 'event' || !event || event.deletedAt !== null) throw itemNotFound();
  if (parsed.version !== null && parsed.version !== event.version) throw itemNotFound();
  return { event, slot: parsed.slot };
}

/** Change keys rise with every change and are as opaque as ids. */
export function changeKeyOf(mailbox: Mailbox, seq: number): string {
  const count = Buffer.alloc(6);
  count.writeUIntBE(seq, 0, 6);
  return Buffer.concat([Buffer.from(mailbox.tag.repeat(2), 'latin1'), count]).toString('base64');
}

export const etagOf = (mailbox: Mailbox, seq: number) => `W/"${changeKeyOf(mailbox, seq)}"`;

export function randomHex(runtime: Runtime, length: number): string {
  let hex = '';
  while (hex.length < length) {
    hex += Math.floor(runtime.random() * 0x10000)
      .toString(16)
      .padStart(4, '0');
  }
  return hex.slice(0, length);
}

/** Not a secret: the world's own chance makes it, so that a simulation repeats. */
export function randomUuid(runtime: Runtime): string {
  const hex = randomHex(runtime, 32);
  const variant = '89ab'.charAt(parseInt(hex.charAt(16), 16) % 4);
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `4${hex.slice(13, 16)}`,
    `${variant}${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-');
}

const UID_HEAD = '040000008200E00074C5B7101A82E008';

/** A global object id: the same for all copies of one meeting. */
export function newICalUId(runtime: Runtime): string {
  const ticks = (BigInt(runtime.now()) + 11_644_473_600_000n) * 10_000n;
  const time = Buffer.alloc(8);
  time.writeBigUInt64LE(ticks);
  const random = randomHex(runtime, 32);
  const stamp = `00000000${time.toString('hex')}000000000000000010000000`;
  return `${UID_HEAD}${stamp}${random}`.toUpperCase();
}

/** An occurrence's own iCalUId has its original date where the series has zeros. */
export function iCalUIdOfSlot(iCalUId: string, slot: string): string {
  const day = parseDate(slot);
  if (day === undefined) return iCalUId;
  const date = new Date(day * DAY_MS);
  const bytes = Buffer.from([
    date.getUTCFullYear() >> 8,
    date.getUTCFullYear() & 255,
    date.getUTCMonth() + 1,
    date.getUTCDate(),
  ]);
  return UID_HEAD + bytes.toString('hex').toUpperCase() + iCalUId.slice(UID_HEAD.length + 8);
}
