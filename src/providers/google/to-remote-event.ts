import { visibilities, type When } from '../../calendar/event.ts';
import { readLinkId } from '../link-id.ts';
import { ProviderError } from '../provider-error.ts';
import type { RemoteEvent } from '../provider.ts';
import { readZone, toWallTime } from '../wall-time.ts';
import { readHtmlText } from './html-text.ts';
import type { GoogleEvent, GoogleEventTime } from './http.ts';

/** Where the link id is kept. At most 44 characters, or it vanishes. Source: extended-properties. */
export const LINK_ID_PROPERTY = 'kalendsLinkId';

/** Undefined for a tombstone. Throws `malformed-answer` when a live event lacks what it must have. */
export function toRemoteEvent(event: GoogleEvent): RemoteEvent | undefined {
  if (event.status === 'cancelled') return undefined;
  const { id, etag, start, end } = event;
  if (!etag || !start || !end) throw malformed('lacks its etag or its times');
  const { when, warnings } = toWhen(start, end);
  return {
    externalId: id,
    etag,
    iCalUid: event.iCalUID ?? null,
    linkId: readLinkId(event.extendedProperties?.private?.[LINK_ID_PROPERTY]),
    fields: {
      title: event.summary ?? '',
      description: readHtmlText(event.description ?? ''),
      location: event.location ?? '',
      when,
      // Defaults are left out. A new value is treated as private: to show less is the safe mistake.
      visibility: visibilities.find((one) => one === (event.visibility ?? 'default')) ?? 'private',
      showAs: event.transparency === 'transparent' ? 'free' : 'busy',
    },
    canEdit: true,
    organizer: null,
    attendees: (event.attendees ?? []).map(({ email }) => (email ?? '').toLowerCase()),
    isSeries: false,
    sort: 'meeting',
    warnings,
  };
}

/**
 * Answers print times in the calendar's zone, with its offset, and name the event's own zone beside
 * them: the wall time is worked out again. An end in another zone keeps its instant.
 * Source: concepts/events-calendars.
 */
function toWhen(start: GoogleEventTime, end: GoogleEventTime): { when: When; warnings: string[] } {
  if (start.date && end.date) {
    return { when: { kind: 'all-day', startDate: start.date, endDate: end.date }, warnings: [] };
  }
  if (!start.dateTime || !end.dateTime) throw malformed('is neither timed nor all-day');
  const { timeZone, warning } = readZone(start.timeZone, start.dateTime.slice(-6));
  return {
    when: {
      kind: 'timed',
      start: toWallTime(start.dateTime, timeZone),
      end: toWallTime(end.dateTime, timeZone),
      timeZone,
    },
    warnings: warning ? [warning] : [],
  };
}

const malformed = (what: string) =>
  new ProviderError('malformed-answer', `An event from Google ${what}.`);
