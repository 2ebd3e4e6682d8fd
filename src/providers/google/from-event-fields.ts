import type { EventFields, MergeUnit, When } from '../../calendar/event.ts';
import { skipGaps } from '../wall-time.ts';
import { escapeText } from './html-text.ts';

type EventTimeBody = { date: string | null; dateTime: string | null; timeZone: string | null };

/** The members that we write. Google leaves every member that is not sent as it is. */
export interface GoogleEventBody {
  summary?: string;
  description?: string;
  location?: string;
  start?: EventTimeBody;
  end?: EventTimeBody;
  visibility?: string;
  transparency?: 'opaque' | 'transparent';
}

/** Only what is given is written. Google knows busy and free: all that is not free is busy. */
export function fromEventFields(fields: Partial<Pick<EventFields, MergeUnit>>): GoogleEventBody {
  const body: GoogleEventBody = {};
  if (fields.title !== undefined) body.summary = fields.title;
  if (fields.description !== undefined) body.description = escapeText(fields.description);
  if (fields.location !== undefined) body.location = fields.location;
  if (fields.when !== undefined) Object.assign(body, fromWhen(fields.when));
  if (fields.visibility !== undefined) body.visibility = fields.visibility;
  if (fields.showAs !== undefined) {
    body.transparency = fields.showAs === 'free' ? 'transparent' : 'opaque';
  }
  return body;
}

/**
 * The members of the other kind are set to null, or a PATCH that switches between timed and all-day
 * would leave both kinds behind. Source: events.patch; concepts/events-calendars.
 */
function fromWhen(when: When): Pick<GoogleEventBody, 'start' | 'end'> {
  if (when.kind === 'all-day') {
    return { start: toDate(when.startDate), end: toDate(when.endDate) };
  }
  // Wall time without an offset: the zone decides, also after the zone's rules have changed.
  const { start, end, timeZone } = skipGaps(when);
  return {
    start: { date: null, dateTime: start, timeZone },
    end: { date: null, dateTime: end, timeZone },
  };
}

const toDate = (date: string) => ({ date, dateTime: null, timeZone: null });
