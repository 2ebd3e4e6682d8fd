import { toText } from './body.ts';
import { changeKeyOf, eventId, iCalUIdOfSlot } from './ids.ts';
import type { Prefer } from './query.ts';
import { renderRule } from './recurrence.ts';
import { contentOf, startOfSlot, type Occurrence } from './series.ts';
import type { Content, Mailbox, Mine, Moment, StoredEvent } from './state.ts';
import { formatInstant, formatWall, wallAt } from './wall-clock.ts';
import { CUSTOM_ZONE, windowsNameOf } from './zones.ts';

export type Wire = Record<string, unknown>;

/** A whole event as Graph answers it without `$select`; the order of the members is the wire's. */
export function renderEvent(
  graph: Pick<Mine, 'world' | 'mailbox'>,
  event: StoredEvent,
  occurrence: Occurrence | null,
  prefer: Prefer,
): Wire {
  const { mailbox } = graph;
  const content = occurrence ? contentOf(event, occurrence) : event.content;
  const slot = occurrence?.slot ?? null;
  const id = eventId(mailbox, event, slot, prefer.isImmutableId);
  const key = changeKeyOf(mailbox, event.changedSeq);
  const stamps = occurrence?.exception ?? event;
  return {
    '@odata.etag': `W/"${key}"`,
    id,
    createdDateTime: formatInstant(stamps.createdAt),
    lastModifiedDateTime: formatInstant(stamps.modifiedAt),
    changeKey: key,
    categories: content.categories,
    transactionId: event.transactionId,
    ...renderZones(event, occurrence),
    iCalUId: renderICalUId(graph, event, slot),
    reminderMinutesBeforeStart: content.reminderMinutesBeforeStart,
    isReminderOn: content.isReminderOn,
    hasAttachments: false,
    subject: content.subject,
    bodyPreview: content.bodyPreview,
    importance: content.importance,
    sensitivity: content.sensitivity,
    isAllDay: content.isAllDay,
    isCancelled: content.isCancelled,
    isOrganizer: event.isOrganizer,
    responseRequested: content.responseRequested,
    seriesMasterId: occurrence ? eventId(mailbox, event, null, prefer.isImmutableId) : null,
    showAs: content.showAs,
    type: typeOf(event, occurrence),
    webLink: webLinkOf(mailbox, id),
    onlineMeetingUrl: null,
    isOnlineMeeting: content.isOnlineMeeting,
    onlineMeetingProvider: content.onlineMeetingProvider,
    allowNewTimeProposals: content.allowNewTimeProposals,
    occurrenceId: occurrence ? occurrenceIdOf(mailbox, event, occurrence.slot, prefer) : null,
    isDraft: false,
    hideAttendees: content.hideAttendees,
    responseStatus: content.responseStatus,
    body: renderBody(content, prefer),
    start: renderMoment(content.start, content.isAllDay, prefer),
    end: renderMoment(content.end, content.isAllDay, prefer),
    location: content.location,
    locations: content.locations,
    recurrence: occurrence ? null : renderRecurrence(event),
    attendees: renderAttendees(event, content),
    organizer: { emailAddress: event.organizer },
    onlineMeeting: content.onlineMeeting,
  };
}

/** An occurrence that was given times of its own has their zones. Source: docs#2804. */
function renderZones(event: StoredEvent, occurrence: Occurrence | null): Wire {
  const { start, end } = occurrence?.exception?.overrides ?? {};
  return {
    originalStartTimeZone: start ? windowsNameOf(start.zone) : event.originalStartTimeZone,
    originalEndTimeZone: end ? windowsNameOf(end.zone) : event.originalEndTimeZone,
  };
}

export function typeOf(event: StoredEvent, occurrence: Occurrence | null): string {
  if (occurrence) return occurrence.exception ? 'exception' : 'occurrence';
  return event.series ? 'seriesMaster' : 'singleInstance';
}

function renderRecurrence({ series, originalStartTimeZone }: StoredEvent): unknown {
  if (!series) return null;
  const isCustom = originalStartTimeZone === CUSTOM_ZONE;
  return renderRule(series.rule, isCustom ? CUSTOM_ZONE : series.zone);
}

/** All-day times are the same in whatever zone was asked for. */
export function renderMoment(moment: Moment, isAllDay: boolean, { timeZone }: Prefer): Wire {
  const wall = isAllDay ? moment.wall : wallAt(moment.at, timeZone.zone);
  return { dateTime: formatWall(wall), timeZone: timeZone.label };
}

function renderBody(content: Content, prefer: Prefer): Wire {
  if (prefer.bodyType === 'text') return { contentType: 'text', content: toText(content.body) };
  const html = prefer.allowsUnsafeHtml ? (content.unsafeBody ?? content.body) : content.body;
  return { contentType: 'html', content: html };
}

/** `hideAttendees` hides the others from an attendee, not from the organiser. */
function renderAttendees(event: StoredEvent, content: Content): unknown {
  return content.hideAttendees && !event.isOrganizer ? [] : content.attendees;
}

/** Source: event, iCalUId: "different for each occurrence"; reports contradict each other. */
function renderICalUId(
  { world }: Pick<Mine, 'world'>,
  { iCalUId }: StoredEvent,
  slot: string | null,
): string {
  const isOwn = slot !== null && world.getSwitch('outlook.occurrenceHasOwnICalUId', true);
  return isOwn ? iCalUIdOfSlot(iCalUId, slot) : iCalUId;
}

export function occurrenceIdOf(
  mailbox: Mailbox,
  event: StoredEvent,
  slot: string,
  prefer: Prefer,
): string {
  return `OID.${eventId(mailbox, event, null, prefer.isImmutableId)}.${slot}`;
}

function webLinkOf({ account }: Mailbox, id: string): string {
  const host = account.kind === 'work' ? 'outlook.office365.com' : 'outlook.live.com';
  return `https://${host}/owa/?itemid=${encodeURIComponent(id)}&exvsurl=1&path=/calendar/item`;
}

/** The original start of an occurrence: an instant, and for all-day events the slot's own date. */
export function originalStartOf(event: StoredEvent, { slot }: Occurrence): string {
  return formatInstant(startOfSlot(event, slot).at);
}
