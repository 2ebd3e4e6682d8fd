/** Whom a change is mailed to. Nobody, unless `sendUpdates` says otherwise. */

import type { Mail } from '../../world.ts';
import type { Call } from '../call.ts';
import type { EventData, StoredEvent } from './event.ts';

/** Reads `sendUpdates` and its deprecated twin `sendNotifications`. Default: none. */
function readSendUpdates(call: Call): 'all' | 'externalOnly' | 'none' {
  const given = call.query.choice('sendUpdates', ['all', 'externalOnly', 'none']);
  return given ?? (call.query.flag('sendNotifications') ? 'all' : 'none');
}

/** Writes the mails of one change of the organizer's copy into the journal. */
export function mailGuests(call: Call, previous: EventData | undefined, event: StoredEvent): void {
  const before = new Set(guestsOf(previous));
  const isDeleted = event.data.status === 'cancelled';
  const after = new Set(isDeleted ? [] : guestsOf(event.data));
  for (const email of after) {
    mail(call, event, email, before.has(email) ? 'update' : 'invitation');
  }
  for (const email of before) {
    if (!after.has(email) && previous?.status !== 'cancelled') {
      mail(call, event, email, 'cancellation');
    }
  }
}

export function mailResponse(call: Call, event: StoredEvent): void {
  mail(call, event, event.data.organizer.email, 'response');
}

function mail(call: Call, event: StoredEvent, to: string, kind: Mail['kind']): void {
  const wish = readSendUpdates(call);
  const isExternal = call.world.findAccount('google', to) === undefined;
  if (wish === 'none' || to === call.user.email) return;
  if (wish === 'externalOnly' && !isExternal) return;
  call.world.sendMail({
    provider: 'google',
    kind,
    from: call.user.email,
    to,
    subject: event.data.summary ?? '',
    calendarId: event.calendarId,
    eventId: event.id,
  });
}

function guestsOf(data: EventData | undefined): string[] {
  if (!data) return [];
  return (data.attendees ?? [])
    .map(({ email }) => email)
    .filter((email) => email !== data.organizer.email);
}
