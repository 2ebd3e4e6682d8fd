import type { LocalDate, ShowAs, Visibility } from '../../calendar/event.ts';
import type { LinkId } from '../../calendar/ids.ts';
import type { Recurrence } from '../../calendar/recurrence.ts';
import { toAnswers, toGuests } from '../guest-list.ts';
import { readLinkId } from '../link-id.ts';
import type { RemoteEvent, RemoteSlot } from '../provider.ts';
import { ProviderError } from '../provider-error.ts';
import { asMalformed } from '../read-recurrence.ts';
import { checkTexts, isStorable } from '../storable-text.ts';
import {
  type ReadWhen,
  type ReadZone,
  readDates,
  readSeriesTimes,
  readSeriesZone,
  readTimes,
  readZone,
  toEpochMs,
} from '../wall-time.ts';
import { listGuests, readOwnAnswer } from './guests.ts';
import type { OutlookEvent, OutlookMoment } from './http.ts';
import { withoutJoinBlock } from './join-block.ts';
import { fromGraphRecurrence } from './recurrence.ts';

/**
 * The extended property that names the link. The GUID is ours alone and must never change: events
 * written with another could not be found again. Source: extended-properties-overview.
 */
export const LINK_ID_PROPERTY = 'String {7d3a6f52-94c1-4e08-b5d7-2f6a1c9e8b43} Name KalendsLinkId';

const visibilities: Record<string, Visibility | undefined> = {
  normal: 'default',
  private: 'private',
  confidential: 'confidential',
};
const showAsNames: Record<string, ShowAs | undefined> = {
  free: 'free',
  tentative: 'tentative',
  oof: 'out-of-office',
  workingElsewhere: 'working-elsewhere',
};

/** Expects times in UTC and the body as text. Throws `malformed-answer`. */
export function toRemoteEvent(event: OutlookEvent): RemoteEvent {
  const { when, recurrence, warnings } = toTimes(event);
  const slot = toSlot(event);
  const guests = listGuests(event);
  return checkTexts({
    externalId: event.id,
    etag: event['@odata.etag'],
    iCalUid: event.iCalUId ?? null,
    // A part of a series carries its series' marks, but was made for no link.
    linkId: slot ? null : findLinkId(event),
    fields: {
      title: event.subject ?? '',
      description: withoutJoinBlock(toText(event), event.onlineMeeting?.joinUrl ?? null),
      location: event.location?.displayName ?? '',
      when,
      recurrence,
      // `personal` and anything new is treated as private: to show less is the safe mistake.
      visibility: visibilities[event.sensitivity ?? 'normal'] ?? 'private',
      // `unknown` and anything new is busy.
      showAs: showAsNames[event.showAs ?? 'busy'] ?? 'busy',
      attendees: toGuests(guests),
    },
    // A change of somebody else's meeting is taken and then overwritten by its next update.
    canEdit: event.isOrganizer !== false,
    organizer: readAddress(event.organizer),
    answers: toAnswers(guests),
    ownAnswer: readOwnAnswer(event),
    slot,
    exceptions: null,
    sort: 'meeting',
    warnings,
  });
}

/** An occurrence of a series, as it was or changed on its own. Source: event, `type`. */
export const isOccurrence = (type: unknown) => type === 'occurrence' || type === 'exception';

/** Throws `malformed-answer`. */
export function readSeriesId(id: unknown): string {
  if (typeof id === 'string' && id !== '' && isStorable(id)) return id;
  throw malformed('An occurrence from Microsoft does not say of which series it is.');
}

const readAddress = (person: OutlookEvent['organizer']) =>
  person?.emailAddress?.address?.toLowerCase() || null;

/** The end of the text is not ours: Exchange adds line ends to every body that it converts. */
const toText = ({ body }: OutlookEvent) =>
  (body?.content ?? '').replaceAll(/\r\n?/g, '\n').replace(/\n+$/, '');

/** Answers to writes do not carry the property; the transaction id, set with it, tells the same. */
function findLinkId(event: OutlookEvent): LinkId | null {
  const property = event.singleValueExtendedProperties?.find(
    ({ id }) => id.toLowerCase() === LINK_ID_PROPERTY.toLowerCase(),
  );
  return readLinkId(property?.value ?? event.transactionId);
}

interface ReadSeries extends ReadWhen {
  recurrence: Recurrence | null;
}

function toTimes(event: OutlookEvent): ReadSeries {
  const { recurrence } = event;
  if (event.type !== 'seriesMaster')
    return { ...toWhen(event, readZoneOf(event)), recurrence: null };
  if (!recurrence) throw malformed('A series from Microsoft does not say how it recurs.');
  const { when, warnings } = toWhen(event, readZoneOfSeries(event), true);
  return { ...asMalformed(() => fromGraphRecurrence(recurrence, when)), warnings };
}

/** All-day events float: midnight to midnight on their own dates, whatever zone is asked for. */
function toWhen(
  { start, end, isAllDay }: OutlookEvent,
  zone: ReadZone,
  isSeries = false,
): ReadWhen {
  const [from, to] = [readInstant(start), readInstant(end)];
  if (isAllDay) return readDates(from.slice(0, 10), to.slice(0, 10));
  return (isSeries ? readSeriesTimes : readTimes)(from, to, zone);
}

const readZoneOf = ({ originalStartTimeZone }: OutlookEvent) =>
  readZone(originalStartTimeZone, 'Z');

/**
 * The zone of the rule may be '' or one that only the mailbox knows, and so may the event's own: what
 * can be read of them says where its clock hangs. Source: closeio/sync-engine, parse.py.
 */
function readZoneOfSeries(event: OutlookEvent): ReadZone {
  const { originalStartTimeZone, originalEndTimeZone, recurrence } = event;
  const ofRule = recurrence?.range.recurrenceTimeZone;
  return readSeriesZone([originalStartTimeZone, ofRule, originalEndTimeZone], 'Z');
}

/**
 * Which occurrence it is. Its original start is an instant, and the midnight of its date in UTC where
 * the series is all-day. Source: event, `originalStart`.
 */
function toSlot(event: OutlookEvent): RemoteSlot | null {
  if (!isOccurrence(event.type)) return null;
  const seriesId = readSeriesId(event.seriesMasterId);
  const text = event.originalStart;
  if (!text) throw malformed('An occurrence from Microsoft does not say which one it is.');
  const at = new Date(toEpochMs(text));
  const isDate = event.isAllDay && at.toISOString().endsWith('T00:00:00.000Z');
  return { seriesId, originalStart: isDate ? toDate(at) : at };
}

export const toDate = (at: Date): LocalDate => at.toISOString().slice(0, 10);

/** Times were asked for in UTC. In any other zone they would be shifted without a word. */
function readInstant(moment: OutlookMoment): string {
  if (/^(utc|tzone:\/\/microsoft\/utc)$/i.test(moment.timeZone ?? 'UTC')) {
    return `${moment.dateTime}Z`;
  }
  throw malformed('An event from Microsoft is not in UTC, as asked.');
}

const malformed = (what: string) => new ProviderError('malformed-answer', what);
