import type { EventFields, MergeUnit, ShowAs, When } from '../../calendar/event.ts';
import { formatRecurrence } from '../../calendar/recurrence.ts';
import { checkSeriesTimes, skipGaps } from '../wall-time.ts';
import { type GoogleGuest, toGoogleGuest } from './guests.ts';
import { escapeText } from './html-text.ts';

type EventTimeBody = { date?: string | null; dateTime?: string | null; timeZone?: string | null };

/** The members that we write. Google leaves every member that is not sent as it is. */
export interface GoogleEventBody {
  summary?: string;
  description?: string;
  location?: string;
  start?: EventTimeBody;
  end?: EventTimeBody;
  recurrence?: string[] | null;
  visibility?: string;
  transparency?: 'opaque' | 'transparent';
  attendees?: GoogleGuest[];
}

/** Google knows busy and free. Who works elsewhere can be met: src/sync/hold.ts says the same. */
const freeTimes: readonly ShowAs[] = ['free', 'working-elsewhere'];

/**
 * Only what is given is written. An insert names the guests; a patch has to know the list that is
 * there, and leaves them to `updateEvent`.
 *
 * In a PATCH the members of the other kind of time are set to null, or an event that switches
 * between timed and all-day would keep both. Source: events.patch; concepts/events-calendars.
 */
export function fromEventFields(
  fields: Partial<Pick<EventFields, MergeUnit>>,
  method: 'insert' | 'patch',
): GoogleEventBody {
  const body: GoogleEventBody = {};
  if (fields.title !== undefined) body.summary = fields.title;
  if (fields.description !== undefined) body.description = escapeText(fields.description);
  if (fields.location !== undefined) body.location = fields.location;
  if (fields.when !== undefined) {
    const isSeries = fields.recurrence !== undefined && fields.recurrence !== null;
    Object.assign(body, fromWhen(fields.when, method, isSeries));
  }
  const recurrence = fromRecurrence(fields, method);
  if (recurrence !== undefined) body.recurrence = recurrence;
  if (fields.visibility !== undefined) body.visibility = fields.visibility;
  if (fields.showAs !== undefined) {
    body.transparency = freeTimes.includes(fields.showAs) ? 'transparent' : 'opaque';
  }
  if (method === 'insert' && fields.attendees && fields.attendees.length > 0) {
    body.attendees = fields.attendees.map((guest) => toGoogleGuest(guest));
  }
  return body;
}

/** The rule's dates are in the zone of the times: the one is not written without the other. */
function fromRecurrence(
  { when, recurrence }: Partial<Pick<EventFields, 'when' | 'recurrence'>>,
  method: 'insert' | 'patch',
): string[] | null | undefined {
  if (recurrence === undefined) return undefined;
  if (recurrence === null) return method === 'patch' ? null : undefined;
  if (!when) throw new Error('a series is written with its times');
  return formatRecurrence(recurrence, when);
}

function fromWhen(
  when: When,
  method: 'insert' | 'patch',
  isSeries: boolean,
): Pick<GoogleEventBody, 'start' | 'end'> {
  const isPatch = method === 'patch';
  if (when.kind === 'all-day') {
    const others = isPatch ? { dateTime: null, timeZone: null } : {};
    return { start: { date: when.startDate, ...others }, end: { date: when.endDate, ...others } };
  }
  // Wall time without an offset: the zone decides, also after the zone's rules have changed.
  const { start, end, timeZone } = isSeries ? checkSeriesTimes(when) : skipGaps(when);
  const others = isPatch ? { date: null } : {};
  return {
    start: { dateTime: start, timeZone, ...others },
    end: { dateTime: end, timeZone, ...others },
  };
}
