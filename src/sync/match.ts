import type { CalendarId, ConnectionId, EventId, LinkId } from '../calendar/ids.ts';

/** As much of a link as recognising needs. */
export interface KnownLink {
  id: LinkId;
  event_id: EventId;
  calendar_id: CalendarId;
  connection_id: ConnectionId;
  external_id: string | null;
  ical_uid: string | null;
  /** Which of the series it is that are one copy there; 0 where it is all of it. */
  part: number;
  is_remote_gone: boolean;
  isClosed: boolean;
  /** Another link took its place: it is not to be opened again. */
  isReplaced: boolean;
  /** The event was deleted here while its copy was to stay: what is there is not ours any more. */
  isKept: boolean;
}

/** What tells an entry of a calendar apart. */
export interface Identity {
  externalId: string;
  iCalUid: string | null;
  linkId: LinkId | null;
}

/** What an entry of a calendar is to us. */
export type Match<L extends KnownLink> =
  /** The copy of a link. */
  | { kind: 'known'; link: L }
  /** The copy of a link that was closed: it is there again, or only now. */
  | { kind: 'returned'; link: L }
  /** The copy of an event that was deleted here, and that we may not or were told not to delete. */
  | { kind: 'left-alone' }
  /** What we made for this link, without having heard so; or its copy under another id. */
  | { kind: 'ours'; link: L }
  /** Another copy of a meeting that we know from another calendar. */
  | { kind: 'twin'; link: L }
  | { kind: 'new' };

/** Where an entry was seen. */
export interface Place {
  calendarId: CalendarId;
  connectionId: ConnectionId;
}

/**
 * Recognises an entry of a calendar: by its id there, then by the link id that we put on it, then
 * by its iCalUID, which the copies of one meeting share. A copy that a person made of an event
 * carries our link id too, but an iCalUID of its own: it is new. `links` are those of the tenant
 * that share any of the three (SPEC M1).
 */
export function matchEntry<L extends KnownLink>(
  entry: Identity,
  place: Place,
  links: readonly L[],
): Match<L> {
  const here = links.filter((link) => link.calendar_id === place.calendarId);
  const isFree = (link: L) =>
    !here.some(
      (other) => other.event_id === link.event_id && other.part === link.part && !other.isClosed,
    );

  const byId = here.filter((link) => link.external_id === entry.externalId);
  const live = byId.find((link) => !link.isClosed);
  if (live) return { kind: 'known', link: live };
  const closed = byId.find((link) => !link.isReplaced && isFree(link));
  if (closed) return closed.isKept ? { kind: 'left-alone' } : { kind: 'returned', link: closed };

  const made = links.find((link) => link.id === entry.linkId);
  if (made?.isClosed) {
    const isLate = made.calendar_id === place.calendarId && made.external_id === null;
    if (isLate && isFree(made)) return { kind: 'returned', link: made };
  } else if (made && (made.ical_uid === null || made.ical_uid === entry.iCalUid)) {
    if (made.calendar_id !== place.calendarId) {
      if (isFree(made)) return { kind: 'twin', link: made };
    } else if (made.external_id === null || made.is_remote_gone) {
      return { kind: 'ours', link: made };
    }
  }
  const twin = findTwin(entry, place, links.filter(isFree));
  return twin ? { kind: 'twin', link: twin } : { kind: 'new' };
}

/** A closed link is a twin only where the entry may have been moved from its calendar to this one. */
function findTwin<L extends KnownLink>(
  { iCalUid }: Identity,
  { connectionId }: Place,
  links: readonly L[],
): L | undefined {
  if (iCalUid === null) return undefined;
  const same = links.filter((link) => link.ical_uid === iCalUid);
  return (
    same.find((link) => !link.isClosed) ??
    same.find((link) => !link.isReplaced && !link.isKept && link.connection_id === connectionId)
  );
}
