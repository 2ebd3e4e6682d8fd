/** From a whole resource in a request to the next version of an event. */

import type { Call } from '../call.ts';
import { GoogleError, invalid, organizerOnly } from '../errors.ts';
import { findBoolean, findInteger, isSame, type JsonObject } from '../json.ts';
import type { CalendarState } from '../state.ts';
import { declineConflicts } from './auto-decline.ts';
import { readConference, scheduleConference } from './conference.ts';
import { copyToGuests, isOrganizerCopy, reportToOrganizer } from './copies.ts';
import type { Attendee, EventData, StoredEvent } from './event.ts';
import { checkTypeChange, withTypeRules } from './kinds.ts';
import { mailGuests, mailResponse } from './mail.ts';
import { readReminders, readWritten } from './read-body.ts';
import { saveEvent, type Draft } from './save.ts';

/** Members of a write that count only with their parameter; the stored value stays otherwise. */
export function readGuarded(call: Call, written: EventData, current?: EventData): EventData {
  const takesLabels = call.query.integer('eventLabelVersion', 0, 1) === 1;
  const takesFiles = call.query.flag('supportsAttachments') ?? false;
  return {
    ...written,
    eventLabelId: takesLabels ? written.eventLabelId : current?.eventLabelId,
    // With labels the colour is theirs. Source: events.insert, eventLabelVersion.
    colorId: takesLabels ? current?.colorId : written.colorId,
    attachments: takesFiles ? written.attachments : current?.attachments,
  };
}

/** What update, patch and import have in common once the whole resource is known. */
export function replaceEvent(
  call: Call,
  calendar: CalendarState,
  current: StoredEvent,
  body: JsonObject,
): StoredEvent {
  const before = current.data;
  const isInstance = before.recurringEventId !== undefined;
  const written = readWritten(isInstance ? { ...body, recurrence: null } : body, calendar.timeZone);
  const merged: EventData = {
    ...before,
    ...written,
    attendees: readAnswer(call, current, written.attendees),
    ...readConference(call, body, before),
    privateCopy: before.privateCopy,
    source: before.creator.email === call.user.email ? written.source : before.source,
  };
  const data = withTypeRules({
    ...readGuarded(call, merged, before),
    sequence: nextSequence(call, before, merged),
  });
  checkTypeChange(body, before, data);
  if (!isOrganizerCopy(current)) checkSharedMembers(before, data);
  const reminders = { ...current.reminders, [call.user.accountId]: readReminders(body) };
  return saveAndSpread(call, calendar, current, {
    ...current,
    data: isInstance ? withSeriesVisibility(call, calendar, before, data) : data,
    reminders,
    isBare: undefined,
  });
}

/** Saves, then carries the change to the other people's copies and into the mail journal. */
export function saveAndSpread(
  call: Call,
  calendar: CalendarState,
  current: StoredEvent | undefined,
  draft: Draft,
): StoredEvent {
  checkInvitationLimit(call, draft.data);
  const event = saveEvent(call, calendar, draft);
  scheduleConference(call, event);
  if (current && isSame(current.data, event.data)) return event;
  if (isOrganizerCopy(event)) {
    copyToGuests(call, current?.data, event);
    mailGuests(call, current?.data, event);
    declineConflicts(call, current?.data, event);
  } else if (current) {
    reportToOrganizer(call, event);
    if (!isSame(ownAnswer(current), ownAnswer(event))) mailResponse(call, event);
  }
  return event;
}

/** Google's limit against spam: neither the API quota nor documented in numbers. Off by default. */
function checkInvitationLimit(call: Call, { attendees, status }: EventData): void {
  const max = call.world.getSwitch('google.externalGuestsMax', Number.MAX_SAFE_INTEGER);
  const outside = (attendees ?? []).filter(
    ({ email }) => call.world.findAccount('google', email) === undefined,
  );
  if (status === 'cancelled' || outside.length <= max) return;
  const place = { domain: 'usageLimits' };
  throw new GoogleError(403, 'quotaExceeded', 'Calendar usage limits exceeded.', place);
}

/** `guestsCan…` belong to the organizer. A PUT that leaves them out sets their defaults. */
function checkSharedMembers(before: EventData, after: EventData): void {
  const isTouched = (
    [
      'guestsCanInviteOthers',
      'guestsCanModify',
      'guestsCanSeeOtherGuests',
      'anyoneCanAddSelf',
    ] as const
  ).some((member) => before[member] !== after[member]);
  if (isTouched) throw organizerOnly();
}

/**
 * `attendeesOmitted: true` in a request touches only the writer's own answer. Whether a guest is a
 * resource is settled when he is added.
 */
function readAnswer(
  call: Call,
  current: StoredEvent,
  written: readonly Attendee[] | undefined,
): readonly Attendee[] | undefined {
  const known = new Map((current.data.attendees ?? []).map((guest) => [guest.email, guest]));
  if (findBoolean(call.body, 'attendeesOmitted') === true) {
    const own = written?.find(({ email }) => email === current.calendarId);
    return current.data.attendees?.map((guest) =>
      own && guest.email === own.email ? { ...guest, ...own, resource: guest.resource } : guest,
    );
  }
  const next = written?.map((guest) => {
    const old = known.get(guest.email);
    return old ? { ...guest, resource: old.resource } : guest;
  });
  return isOrganizerCopy(current) || current.data.guestsCanModify
    ? next
    : guestsOwnView(current, next ?? []);
}

/** A guest may answer for himself and add others; other people's entries stay as they are. */
function guestsOwnView(current: StoredEvent, next: readonly Attendee[]): readonly Attendee[] {
  const known = current.data.attendees ?? [];
  const own = next.find(({ email }) => email === current.calendarId);
  const emails = new Set(known.map(({ email }) => email));
  const mayInvite = current.data.guestsCanInviteOthers !== false;
  const added = mayInvite ? next.filter(({ email }) => !emails.has(email)) : [];
  return [...known.map((guest) => (own && guest.email === own.email ? own : guest)), ...added];
}

/** A moved event has a higher sequence. A lower one than is stored is refused in practice. */
function nextSequence(call: Call, before: EventData, after: EventData): number {
  const given = findInteger(call.body, 'sequence');
  if (given !== undefined && given < before.sequence) {
    if (call.world.getSwitch('google.refuseLowerSequence', true)) {
      throw invalid('Invalid sequence value.');
    }
  }
  const isMoved = !isSame(before.start, after.start) || !isSame(before.end, after.end);
  const least = isMoved ? before.sequence + 1 : before.sequence;
  return Math.max(given ?? 0, least);
}

/** Stricter on one occurrence is stricter on all; looser is ignored. Source: Event.visibility. */
function withSeriesVisibility(
  call: Call,
  calendar: CalendarState,
  before: EventData,
  after: EventData,
): EventData {
  if (before.visibility === after.visibility) return after;
  const master = calendar.events.get(before.recurringEventId ?? '');
  const isStricter = rankOf(after) > rankOf(before);
  if (!master || !isStricter) return { ...after, visibility: before.visibility };
  saveEvent(call, calendar, {
    ...master,
    data: { ...master.data, visibility: after.visibility },
  });
  return after;
}

function rankOf({ visibility }: EventData): number {
  return { public: 0, default: 1, private: 2, confidential: 2 }[visibility ?? 'default'];
}

function ownAnswer({ data, calendarId }: StoredEvent): unknown {
  const own = data.attendees?.find(({ email }) => email === calendarId);
  return own && [own.responseStatus, own.comment, own.additionalGuests];
}
