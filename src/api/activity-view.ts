import type { UserId } from '../calendar/ids.ts';
import { toInstants } from '../calendar/instants.ts';
import { getLastOccurrence, listOccurrences } from '../calendar/occurrences.ts';
import { keepsSilent } from '../providers/provider.ts';
import { toWhen } from '../store/event-fields.ts';
import { findForeignOrganizer } from '../store/own-event.ts';
import type { CopyView, VisibleEvent } from '../store/visible-events.ts';
import { listChoices } from '../sync/choices.ts';
import type { Side } from '../sync/link.ts';
import { toFieldsView, toGuestView, toRecurrenceView, toUnit, toWhenView } from './event-words.ts';
import type { Activity, Copy } from './schemas/activities.ts';

/** An event as the reader may see it, with those copies of it that are the reader's. */
export function toActivity(
  event: VisibleEvent,
  copies: readonly CopyView[],
  readerId: UserId,
): Activity {
  const isOwn = event.owner_id === readerId;
  const own = copies.filter((copy) => copy.event_id === event.id);
  const isLive = !event.deleted_at && event.status === 'confirmed';
  // The row of a series says when its last occurrence ends; here it is the first.
  const ends_at = event.recurrence ? toInstants(toWhen(event)).endsAt : event.ends_at;
  return {
    id: event.id,
    lead_id: event.lead_id,
    owner: { id: event.owner_id, name: event.owner_name },
    title: event.title,
    description: event.description,
    location: event.location,
    ...toWhenView(toWhen(event)),
    recurrence: toRecurrenceView(event.recurrence),
    series_id: event.series_id,
    original_start: event.original_start,
    nearest: null,
    split_from: event.split_from,
    starts_at: event.starts_at.toISOString(),
    ends_at: ends_at.toISOString(),
    visibility: event.visibility,
    show_as: event.show_as,
    attendees: viewGuests(event, own),
    own_answer: isLive ? viewOwnAnswer(own) : null,
    invitations: viewInvitations(own),
    status: event.status,
    cancelled_in: isOwn ? viewPlace(event.cancelled_in) : null,
    is_hidden: event.is_hidden,
    can_edit: isOwn && findForeignOrganizer(own) === null,
    can_restore:
      isOwn &&
      !event.ended_with_series &&
      (!isLive || own.some(({ state }) => state === 'detached')),
    deleted_at: toText(event.deleted_at),
    google_event_id: event.google_event_id,
    outlook_event_id: event.outlook_event_id,
    last_synced_at: toText(event.last_synced_at),
    version: event.version,
    created_at: event.created_at.toISOString(),
    updated_at: event.updated_at.toISOString(),
    copies: own.map((copy) => ({
      ...toCopy(copy),
      warning: copy.warning ?? describeGuests(event, own, copy),
    })),
  };
}

/**
 * A series as its occurrences in the window, at most `max`, but for those that are events of their own;
 * anything else as it is.
 */
export function toOccurrences(
  activity: Activity,
  event: VisibleEvent,
  exceptions: ReadonlySet<string>,
  window: { from: Date; to: Date; max: number },
): Activity[] {
  const { recurrence } = event;
  if (recurrence === null) return [activity];
  const series = { when: toWhen(event), recurrence };
  const found = listOccurrences(series, { from: window.from, until: window.to }, window.max);
  return found
    .filter(({ originalStart }) => !exceptions.has(originalStart))
    .map(({ originalStart, when }) => {
      const { startsAt, endsAt } = toInstants(when);
      return {
        ...activity,
        ...toWhenView(when),
        series_id: event.id,
        original_start: originalStart,
        starts_at: startsAt.toISOString(),
        ends_at: endsAt.toISOString(),
      };
    });
}

/** How far ahead the next occurrence is looked for: 29 February comes every eighth year at the latest. */
export const AHEAD_MS = 10 * 366 * 24 * 60 * 60 * 1000;

/** The occurrence that says when a series is: the next one, else the last; but for events of their own. */
export function findNearest(
  event: VisibleEvent,
  exceptions: ReadonlySet<string>,
  now: Date,
): Activity['nearest'] {
  const { recurrence } = event;
  if (recurrence === null) return null;
  const series = { when: toWhen(event), recurrence };
  const window = { from: now, until: new Date(now.getTime() + AHEAD_MS) };
  const next = listOccurrences(series, window, exceptions.size + 1).find(
    ({ originalStart }) => !exceptions.has(originalStart),
  );
  const found = next ?? getLastOccurrence(series);
  if (!found) return null;
  const { startsAt, endsAt } = toInstants(found.when);
  return {
    ...toWhenView(found.when),
    original_start: found.originalStart,
    starts_at: startsAt.toISOString(),
    ends_at: endsAt.toISOString(),
  };
}

/** What guests answered is said by the copy that they are invited from. */
function viewGuests({ attendees }: VisibleEvent, own: readonly CopyView[]): Activity['attendees'] {
  const answers = own.find(({ carries_guests }) => carries_guests)?.answers ?? {};
  return (attendees ?? []).map((guest) => ({
    ...toGuestView(guest),
    answer: answers[guest.email] ?? null,
  }));
}

function viewOwnAnswer(own: readonly CopyView[]): Activity['own_answer'] {
  if (findForeignOrganizer(own) === null) return null;
  const copy = own.find(({ own_answer }) => own_answer !== null);
  return copy?.own_answer ? { answer: copy.own_answer, wanted: copy.wanted_answer } : null;
}

/** The copy that its guests are invited from. */
export const findInvitingCopy = (copies: readonly CopyView[]) =>
  copies.find(({ carries_guests, can_edit }) => carries_guests && can_edit);

function viewInvitations(own: readonly CopyView[]): Activity['invitations'] {
  const copy = findInvitingCopy(own);
  return copy
    ? {
        connection_id: copy.connection_id,
        account: copy.account,
        can_keep_silent: keepsSilent[copy.provider],
      }
    : null;
}

/** Said of every copy where none invites: made for what was planned before, say, it would have mailed. */
const WITHOUT_GUESTS =
  'The guests are kept here and are not invited from this calendar, so that nobody was mailed.';

function describeGuests(
  { attendees }: VisibleEvent,
  own: readonly CopyView[],
  { shows }: CopyView,
): string | null {
  const isInvited = own.some(({ carries_guests }) => carries_guests);
  return attendees && attendees.length > 0 && !isInvited && shows === 'all' ? WITHOUT_GUESTS : null;
}

/** Nothing is tried until somebody connects it again, and what is in sync is only looked at again some day. */
const isWaiting = ({ state }: CopyView) => state !== 'needs_reconnect' && state !== 'synced';

const viewPlace = (place: VisibleEvent['cancelled_in']) =>
  place && { provider: toSlug(place.provider), account: place.account };

const toSlug = <Name extends string>(provider: Name) => provider.toLowerCase() as Lowercase<Name>;

function toCopy(copy: CopyView): Copy {
  return {
    id: copy.id,
    connection_id: copy.connection_id,
    provider: toSlug(copy.provider),
    account: copy.account,
    calendar: copy.calendar,
    state: copy.state,
    reason: copy.state_reason,
    since: copy.state_since.toISOString(),
    next_attempt_at: isWaiting(copy) ? toText(copy.next_attempt_at) : null,
    last_synced_at: toText(copy.last_synced_at),
    external_id: copy.external_id,
    shows: copy.shows,
    held_as: copy.heldAs,
    origin: toSide(copy.origin),
    can_edit: copy.can_edit,
    organizer: copy.organizer,
    warning: copy.warning,
    conflict: (copy.conflict ?? []).map(({ unit, winner, lost }) => ({
      unit: toUnit(unit),
      winner: toSide(winner),
      lost: toFieldsView({ [unit]: lost }),
    })),
    differs_in: copy.apart.map(toUnit),
    is_revived: copy.is_revived,
    choices: listChoices(copy),
  };
}

function toSide(side: Side): 'crm' | 'calendar' {
  return side === 'local' ? 'crm' : 'calendar';
}

function toText(instant: Date | null): string | null {
  return instant?.toISOString() ?? null;
}
