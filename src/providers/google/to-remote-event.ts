import { visibilities } from '../../calendar/event.ts';
import { toAnswers, toGuests } from '../guest-list.ts';
import { readLinkId } from '../link-id.ts';
import { ProviderError } from '../provider-error.ts';
import type { RemoteEvent, RemoteSlot } from '../provider.ts';
import { readRecurrence } from '../read-recurrence.ts';
import { checkTexts, isStorable } from '../storable-text.ts';
import {
  type ReadWhen,
  readDate,
  readDates,
  readSeriesTimes,
  readSeriesZone,
  readTimes,
  readZone,
  toEpochMs,
} from '../wall-time.ts';
import { findOwnEntry, listGuests, readAnswer } from './guests.ts';
import { readHtmlText } from './html-text.ts';
import type { GoogleEvent, GoogleEventTime } from './http.ts';

/** Where the link id is kept. At most 44 characters, or it vanishes. Source: extended-properties. */
export const LINK_ID_PROPERTY = 'kalendsLinkId';

/**
 * Undefined for a tombstone. Throws `malformed-answer` when a live event lacks what it must have.
 * `calendarId` is the calendar that the copy is in.
 */
export function toRemoteEvent(event: GoogleEvent, calendarId: string): RemoteEvent | undefined {
  if (event.status === 'cancelled') return undefined;
  const { id, etag, start, end } = event;
  if (!etag || !start || !end) throw malformed('lacks its etag or its times');
  const lines = event.recurrence ?? [];
  const { when, warnings } = toWhen(start, end, lines.length > 0);
  const slot = event.recurringEventId ? readSlot(event) : null;
  const guests = listGuests(event);
  const own = findOwnEntry(event);
  return checkTexts({
    externalId: id,
    etag,
    iCalUid: event.iCalUID ?? null,
    // A part of a series carries its series' property, but was made for no link.
    linkId: slot ? null : readLinkId(event.extendedProperties?.private?.[LINK_ID_PROPERTY]),
    fields: {
      title: event.summary ?? '',
      description: readHtmlText(event.description ?? ''),
      location: event.location ?? '',
      when,
      recurrence: lines.length > 0 ? readRecurrence(lines, when) : null,
      // Defaults are left out. A new value is treated as private: to show less is the safe mistake.
      visibility: visibilities.find((one) => one === (event.visibility ?? 'default')) ?? 'private',
      showAs: event.transparency === 'transparent' ? 'free' : 'busy',
      attendees: toGuests(guests),
    },
    canEdit: canEdit(event, calendarId),
    organizer: event.organizer?.email?.toLowerCase() || null,
    answers: toAnswers(guests),
    ownAnswer: own ? readAnswer(own) : null,
    slot,
    exceptions: null,
    sort: sorts[event.eventType ?? 'default'] ?? 'other',
    warnings,
  });
}

/** Source: guides/event-types, calendar-status. */
const sorts: Record<string, RemoteEvent['sort'] | undefined> = {
  default: 'meeting',
  fromGmail: 'meeting',
  birthday: 'birthday',
  workingLocation: 'working-location',
};

/**
 * Whose copy it is decides; all types but the usual one are Google's own to change.
 * Source: Event, `organizer.self`, `guestsCanModify`, `locked`; guides/event-types.
 */
function canEdit(event: GoogleEvent, calendarId: string): boolean {
  if (event.locked || (event.eventType ?? 'default') !== 'default') return false;
  const { organizer } = event;
  if (!organizer || organizer.self || event.guestsCanModify) return true;
  return organizer.email?.toLowerCase() === calendarId.toLowerCase();
}

/**
 * Answers print times in the calendar's zone, with its offset, and name the event's own zone beside
 * them: the wall time is worked out again. An end in another zone keeps its instant.
 * Source: concepts/events-calendars.
 */
function toWhen(start: GoogleEventTime, end: GoogleEventTime, isSeries: boolean): ReadWhen {
  if (start.date && end.date) return readDates(start.date, end.date);
  if (!start.dateTime || !end.dateTime) throw malformed('is neither timed nor all-day');
  const offset = start.dateTime.slice(-6);
  if (!isSeries) return readTimes(start.dateTime, end.dateTime, readZone(start.timeZone, offset));
  const zone = readSeriesZone([start.timeZone], offset);
  return readSeriesTimes(start.dateTime, end.dateTime, zone);
}

/**
 * Which occurrence it is: the start that its series gave it, which stays when it is moved. Throws
 * `malformed-answer` where that is not said. Source: Event, `originalStartTime`.
 */
export function readSlot({
  recurringEventId: seriesId,
  originalStartTime: original,
}: Pick<GoogleEvent, 'recurringEventId' | 'originalStartTime'>): RemoteSlot {
  if (!seriesId || !isStorable(seriesId)) throw malformed('is of a series without a usable id');
  if (original?.date) return { seriesId, originalStart: readDate(original.date) };
  if (!original?.dateTime) throw malformed('does not say which occurrence of its series it is');
  return { seriesId, originalStart: new Date(toEpochMs(original.dateTime)) };
}

const malformed = (what: string) =>
  new ProviderError('malformed-answer', `An event from Google ${what}.`);
