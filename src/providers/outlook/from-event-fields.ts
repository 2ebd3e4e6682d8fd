import type {
  EventFields,
  LocalDateTime,
  MergeUnit,
  ShowAs,
  TimeZone,
  Visibility,
  When,
} from '../../calendar/event.ts';
import type { Recurrence } from '../../calendar/recurrence.ts';
import { findIanaZone, findWindowsZone } from '../../calendar/windows-zones.ts';
import { ProviderError } from '../provider-error.ts';
import { checkSeriesTimes, skipGaps, toInstant, toWallTime } from '../wall-time.ts';
import { toForm } from './divide-series.ts';
import { type OutlookGuest, toOutlookGuest } from './guests.ts';
import type { GraphRecurrence } from './recurrence.ts';

interface MomentBody {
  dateTime: string;
  timeZone: string;
}

/** The members that we write. Graph leaves every member that is not sent as it is. */
export interface OutlookEventBody {
  subject?: string;
  body?: { contentType: 'text' | 'html'; content: string };
  location?: { displayName: string };
  isAllDay?: boolean;
  start?: MomentBody;
  end?: MomentBody;
  recurrence?: GraphRecurrence | null;
  sensitivity?: string;
  showAs?: string;
  attendees?: OutlookGuest[];
}

/** Exchange has nothing more open than normal: public is what the calendar's sharing says. */
const sensitivities = {
  default: 'normal',
  public: 'normal',
  private: 'private',
  confidential: 'confidential',
} as const satisfies Record<Visibility, string>;
const showAsNames = {
  busy: 'busy',
  free: 'free',
  tentative: 'tentative',
  'out-of-office': 'oof',
  'working-elsewhere': 'workingElsewhere',
} as const satisfies Record<ShowAs, string>;

/**
 * Only what is given is written. A PATCH of guests or text has to know what is there: `updateEvent`
 * sees to that. Source: event, update; writable properties.
 */
export function fromEventFields(fields: Partial<Pick<EventFields, MergeUnit>>): OutlookEventBody {
  const body: OutlookEventBody = {};
  if (fields.title !== undefined) body.subject = fields.title;
  if (fields.description !== undefined) {
    body.body = { contentType: 'text', content: fields.description };
  }
  if (fields.location !== undefined) body.location = { displayName: fields.location };
  if (fields.recurrence) Object.assign(body, fromSeries(fields.when, fields.recurrence));
  else if (fields.when !== undefined) Object.assign(body, fromWhen(fields.when));
  if (fields.recurrence === null) body.recurrence = null;
  if (fields.visibility !== undefined) body.sensitivity = sensitivities[fields.visibility];
  if (fields.showAs !== undefined) body.showAs = showAsNames[fields.showAs];
  if (fields.attendees && fields.attendees.length > 0) {
    body.attendees = fields.attendees.map((guest) => toOutlookGuest(guest));
  }
  return body;
}

/**
 * The rule's zone and first date are those of the start. Left-out dates are not in it: those occurrences
 * are deleted one by one. Throws `refused`. Source: resources/recurrencerange.
 */
function fromSeries(
  when: When | undefined,
  recurrence: Recurrence,
): Pick<OutlookEventBody, 'isAllDay' | 'start' | 'end' | 'recurrence'> {
  if (!when) throw new Error('a series is written with its times');
  if (when.kind === 'timed') checkSeriesTimes(when);
  const form = toForm({ when, recurrence });
  const [part, ...others] = form.kind === 'series' ? form.parts : [];
  // Several are written one by one: see `divideSeries`.
  if (part && others.length === 0) return { ...fromWhen(part.when), recurrence: part.recurrence };
  throw new ProviderError(
    'refused',
    'Outlook cannot hold the way in which this series recurs yet.',
    { isForPeople: true },
  );
}

function fromWhen(when: When): Pick<OutlookEventBody, 'isAllDay' | 'start' | 'end'> {
  if (when.kind === 'all-day') {
    return { isAllDay: true, start: toMidnight(when.startDate), end: toMidnight(when.endDate) };
  }
  const { start, end, timeZone } = skipGaps(when);
  return { isAllDay: false, start: toMoment(start, timeZone), end: toMoment(end, timeZone) };
}

/**
 * Every mailbox knows the Windows names, and only some of the IANA ones. Where the Windows zone
 * keeps other hours (Antarctica/Troll has none of its own) the instant is kept and written in UTC.
 * Source: dateTimeTimeZone.
 */
function toMoment(wallTime: LocalDateTime, timeZone: TimeZone): MomentBody {
  const windowsZone = findWindowsZone(timeZone);
  const instant = toInstant(wallTime, timeZone);
  const meant = windowsZone && findIanaZone(windowsZone);
  if (windowsZone && meant && toInstant(wallTime, meant) === instant) {
    return { dateTime: wallTime, timeZone: windowsZone };
  }
  return { dateTime: toWallTime(instant, 'UTC'), timeZone: 'UTC' };
}

/** Both ends must be midnight in one and the same zone; which one is of no account. Source: event. */
const toMidnight = (date: string) => ({ dateTime: `${date}T00:00:00`, timeZone: 'UTC' });
