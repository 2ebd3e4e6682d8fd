import type {
  Activity,
  ActivityPatch,
  Guest,
  NewActivity,
} from '../../src/api/schemas/activities.ts';
import type { ShowAs, Visibility } from '../../src/calendar/event.ts';
import { eventForm as texts, guests as guestTexts, repeat as repeatTexts } from '../texts.ts';
import type { SpokenWhen } from '../time/read-when.ts';
import {
  addDays,
  fromMinutes,
  parseDate,
  parseTime,
  splitWallClock,
  toMinutes,
  wallClockAt,
} from '../time/wall-clock.ts';
import {
  describeSeries,
  patternAt,
  type RecurrenceView,
  type Repeat,
  toRecurrence,
  toRepeat,
  toSpokenRepeat,
} from './repeat.ts';

/** What stands in the event form. Dates are both included, as people think of them. */
export interface EventValues {
  title: string;
  isAllDay: boolean;
  startDate: string;
  startTime: string;
  endDate: string;
  endTime: string;
  timeZone: string;
  location: string;
  notes: string;
  visibility: Visibility;
  showAs: ShowAs;
  /** Addresses, as they are typed. */
  guests: string;
  /** What is known of the guests there are: their names, and who is optional. */
  knownGuests: readonly Guest[];
  tellGuests: boolean;
  /** Of a new event: the connections it goes to; undefined: all of them. */
  connectionIds: string[] | undefined;
  repeat: Repeat;
  /** Whether the person said anything about it: else it stays, and goes along with the start. */
  isRepeatChanged: boolean;
  /** As it is stored; null for a single event. */
  recurrence: RecurrenceView | null;
  /** From which date its times are counted, where that is not the start's: an occurrence has a series. */
  countedFrom: string | undefined;
  /** What is stored, in words, where the form cannot hold it; else ''. */
  keptSentence: string;
}

/** As many as the server takes. */
const GUESTS_MAX = 200;

const HOUR = 60;
const DAY = 24 * HOUR;

/** A new event begins at the next full hour in the user's zone and lasts one. */
export function newEventValues(now: Date, timeZone: string): EventValues {
  const start = toMinutes(wallClockAt(now, timeZone)) ?? 0;
  const nextHour = (Math.floor(start / HOUR) + 1) * HOUR;
  const [from, to] = [fromMinutes(nextHour), fromMinutes(nextHour + HOUR)];
  return {
    title: '',
    isAllDay: false,
    startDate: from.date,
    startTime: from.time,
    endDate: to.date,
    endTime: to.time,
    timeZone,
    location: '',
    notes: '',
    visibility: 'default',
    showAs: 'busy',
    guests: '',
    knownGuests: [],
    tellGuests: true,
    connectionIds: undefined,
    repeat: { kind: 'none' },
    isRepeatChanged: false,
    recurrence: null,
    countedFrom: undefined,
    keptSentence: '',
  };
}

export function valuesOf(activity: Activity, userZone: string, series?: Activity): EventValues {
  const isAllDay = activity.is_all_day;
  const [start, end] = [splitWallClock(activity.start), splitWallClock(activity.end)];
  const { recurrence } = activity;
  const repeat = toRepeat(activity);
  return {
    title: activity.title,
    isAllDay,
    startDate: start.date,
    startTime: isAllDay ? '09:00' : start.time,
    endDate: isAllDay ? addDays(end.date, -1) : end.date,
    endTime: isAllDay ? '10:00' : end.time,
    timeZone: activity.time_zone ?? userZone,
    location: activity.location,
    notes: activity.description,
    visibility: activity.visibility,
    showAs: activity.show_as,
    guests: activity.attendees.map(({ email }) => email).join('\n'),
    knownGuests: activity.attendees.map(({ email, name, is_optional }) => ({
      email,
      name,
      is_optional,
    })),
    tellGuests: true,
    connectionIds: undefined,
    repeat,
    isRepeatChanged: false,
    recurrence,
    countedFrom: series?.start.slice(0, 10),
    keptSentence: repeat.kind === 'kept' && recurrence ? describeSeries(recurrence, activity) : '',
  };
}

type RepeatPart = 'repeatEvery' | 'repeatWeekdays' | 'repeatUntil' | 'repeatCount';
type Errors = Partial<Record<keyof EventValues | RepeatPart, string>>;

export function findErrors(values: EventValues): Errors {
  const errors: Errors = {};
  if (!values.title.trim()) errors.title = texts.titleMissing;
  const guestsProblem = findGuestsProblem(values.guests);
  if (guestsProblem) errors.guests = guestsProblem;
  Object.assign(errors, findRepeatErrors(values));
  for (const name of ['startDate', 'endDate'] as const) {
    if (parseDate(values[name]) !== values[name]) errors[name] = texts.dateWrong;
  }
  if (values.isAllDay) {
    if (!errors.startDate && !errors.endDate && values.endDate < values.startDate) {
      errors.endDate = texts.endsBeforeStart;
    }
    return errors;
  }
  for (const name of ['startTime', 'endTime'] as const) {
    if (parseTime(values[name]) !== values[name]) errors[name] = texts.timeWrong;
  }
  const isReadable = !['startDate', 'startTime', 'endDate', 'endTime'].some((name) =>
    Object.hasOwn(errors, name),
  );
  // An end that is the start is a moment, a deadline say: the calendars hold that, too.
  if (isReadable && minutesOf(values, 'end') < minutesOf(values, 'start')) {
    const isOtherDay = values.endDate < values.startDate;
    errors[isOtherDay ? 'endDate' : 'endTime'] = texts.endsBeforeStart;
  }
  return errors;
}

const REPEAT_MAX = 999;

function findRepeatErrors({ repeat, isRepeatChanged, startDate }: EventValues): Errors {
  if (repeat.kind !== 'pattern' || !isRepeatChanged) return {};
  const { every, unit, weekdays, ends } = repeat.pattern;
  const isCount = (count: number) => Number.isInteger(count) && count >= 1 && count <= REPEAT_MAX;
  const errors: Errors = {};
  if (!isCount(every)) errors.repeatEvery = repeatTexts.everyWrong;
  if (unit === 'week' && weekdays.length === 0) {
    errors.repeatWeekdays = repeatTexts.weekdaysMissing;
  }
  if (ends.kind === 'after' && !isCount(ends.count)) errors.repeatCount = repeatTexts.everyWrong;
  if (ends.kind === 'on' && parseDate(ends.date) !== ends.date) {
    errors.repeatUntil = texts.dateWrong;
  } else if (ends.kind === 'on' && ends.date < startDate) {
    errors.repeatUntil = repeatTexts.untilBeforeStart;
  }
  return errors;
}

/** The addresses in a text, each once: by commas, semicolons or lines, also as `Ada <ada@…>`. */
export function parseGuests(text: string): string[] {
  const parts = text.split(/[,;\n]/).map((part) => /<([^<>]*)>/.exec(part)?.[1] ?? part);
  return [...new Set(parts.map((part) => part.trim().toLowerCase()).filter(Boolean))];
}

function findGuestsProblem(text: string): string | undefined {
  const emails = parseGuests(text);
  const wrong = emails.find((email) => !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(email));
  if (wrong !== undefined) return guestTexts.wrong(wrong);
  return emails.length > GUESTS_MAX ? guestTexts.tooMany(GUESTS_MAX) : undefined;
}

function guestsOf({ guests, knownGuests }: EventValues): Guest[] {
  return parseGuests(guests).map(
    (email) => knownGuests.find((known) => known.email === email) ?? { email },
  );
}

/** Only a wish to the contrary is sent, and only where there is somebody to be told. */
const silence = ({ tellGuests, guests, knownGuests }: EventValues) =>
  !tellGuests && (knownGuests.length > 0 || parseGuests(guests).length > 0)
    ? { notify_guests: false }
    : {};

/** What was said in words, in the form. What was not said stays: the day, the time, the length, the rule. */
export function applySpoken(values: EventValues, spoken: SpokenWhen): EventValues {
  const moved = applySpokenTimes(values, spoken);
  if (!spoken.repeat) return moved;
  const repeat = toSpokenRepeat(spoken.repeat, spoken, moved.startDate);
  return { ...moved, repeat, isRepeatChanged: true };
}

function applySpokenTimes(values: EventValues, spoken: SpokenWhen): EventValues {
  const { date, time, endTime, length } = spoken;
  const startDate = date ?? values.startDate;
  const isAllDay = spoken.isAllDay ?? (time === undefined && (values.isAllDay || isDays(length)));
  const start = { startDate, ...(time !== undefined && { startTime: time }) };
  const said = { ...values, isAllDay };
  if (isAllDay) {
    const days = length === undefined ? daysOf(values) : length / DAY;
    return { ...said, startDate, endDate: addDays(startDate, days - 1) };
  }
  if (endTime !== undefined) {
    const isNextDay = time !== undefined && endTime < time;
    return { ...said, ...start, endDate: addDays(startDate, isNextDay ? 1 : 0), endTime };
  }
  return moveStart(said, start, length ?? lengthOf(values) ?? HOUR);
}

const isDays = (length: number | undefined) => length !== undefined && length % DAY === 0;
const daysOf = ({ isAllDay, startDate, endDate }: EventValues) =>
  isAllDay && endDate >= startDate
    ? (toMinutes({ date: endDate, time: '00:00' }) ?? 0) / DAY -
      (toMinutes({ date: startDate, time: '00:00' }) ?? 0) / DAY +
      1
    : 1;

/** From start to end on the clock, in minutes; undefined while one of them is still being typed. */
export function lengthOf(values: EventValues): number | undefined {
  const length = minutesOf(values, 'end') - minutesOf(values, 'start');
  return length >= 0 ? length : undefined;
}

/** Moves the end along with the start, so that the event keeps its length (in minutes). */
export function moveStart(
  values: EventValues,
  start: Partial<Pick<EventValues, 'startDate' | 'startTime'>>,
  length: number | undefined,
): EventValues {
  const moved = { ...values, ...start };
  const begin = minutesOf(moved, 'start');
  if (Number.isNaN(begin) || length === undefined) return moved;
  const { date, time } = fromMinutes(begin + length);
  return { ...moved, endDate: date, endTime: time };
}

function minutesOf(values: EventValues, side: 'start' | 'end'): number {
  const [date, time] = [values[`${side}Date`], values[`${side}Time`]];
  if (parseDate(date) !== date || parseTime(time) !== time) return Number.NaN;
  return toMinutes({ date, time }) ?? Number.NaN;
}

/** What the API calls "when": dates with the end excluded, or wall-clock times in a zone. */
export function whenOf(values: EventValues) {
  if (values.isAllDay) return { start: values.startDate, end: addDays(values.endDate, 1) };
  return {
    start: `${values.startDate}T${values.startTime}`,
    end: `${values.endDate}T${values.endTime}`,
    time_zone: values.timeZone,
  };
}

function detailsOf(values: EventValues) {
  return {
    title: values.title.trim(),
    description: values.notes,
    location: values.location.trim(),
    visibility: values.visibility,
    show_as: values.showAs,
  };
}

/** Only what was said about it; a rule that was not touched is the server's to take along. */
function recurrenceOf(values: EventValues) {
  const { repeat, isRepeatChanged, isAllDay, startDate, recurrence } = values;
  if (!isRepeatChanged || repeat.kind === 'kept') return {};
  if (repeat.kind === 'none') return recurrence ? { recurrence: null } : {};
  const exdates = recurrence?.exdates ?? [];
  return { recurrence: toRecurrence(patternAt(repeat, startDate), isAllDay, exdates) };
}

export function toNewActivity(values: EventValues, leadId: string): NewActivity {
  const attendees = guestsOf(values);
  return {
    lead_id: leadId,
    ...detailsOf(values),
    ...whenOf(values),
    ...recurrenceOf(values),
    ...(attendees.length > 0 && { attendees }),
    ...(values.connectionIds && { connection_ids: values.connectionIds }),
    ...silence(values),
  };
}

/** Only what was changed is sent; undefined when nothing was. */
export function toPatch(
  values: EventValues,
  before: EventValues,
  version: number,
): ActivityPatch | undefined {
  const old: Record<string, unknown> = detailsOf(before);
  const changed = Object.entries(detailsOf(values)).filter(([name, value]) => old[name] !== value);
  const isMoved = JSON.stringify(whenOf(values)) !== JSON.stringify(whenOf(before));
  const [emails, emailsBefore] = [parseGuests(values.guests), parseGuests(before.guests)];
  const isOther = [...emails].sort().join() !== [...emailsBefore].sort().join();
  const repeat = recurrenceOf(values);
  const isRepeatOther = Object.keys(repeat).length > 0;
  if (changed.length === 0 && !isMoved && !isOther && !isRepeatOther) return undefined;
  return {
    version,
    ...Object.fromEntries(changed),
    ...(isMoved ? whenOf(values) : {}),
    ...repeat,
    ...(isOther && { attendees: guestsOf(values) }),
    ...silence(values),
  };
}

/** Which field of the form a problem with a member of the request belongs to. */
export function fieldOf(member: string, isAllDay: boolean): keyof EventValues | undefined {
  const fields: Record<string, keyof EventValues> = {
    title: 'title',
    description: 'notes',
    location: 'location',
    time_zone: 'timeZone',
    start: isAllDay ? 'startDate' : 'startTime',
    end: isAllDay ? 'endDate' : 'endTime',
  };
  if (member.startsWith('attendees')) return 'guests';
  if (member.startsWith('connection_ids')) return 'connectionIds';
  return member.startsWith('recurrence') ? 'repeat' : fields[member];
}
