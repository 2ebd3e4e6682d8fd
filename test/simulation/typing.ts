import type { EventFields, When } from '../../src/calendar/event.ts';
import { toInstant } from '../../sandbox/google/zones.ts';
import type { Chance } from './chance.ts';
import type { Values } from './memory.ts';
import type { Place } from './world.ts';

/** When people may plan something: a few slots, so that they often choose the same. */
export const hours = [9, 10, 11, 13] as const;
export const timeZones = ['Europe/Berlin', 'America/New_York', 'Asia/Kolkata'] as const;
const texts = ['', 'A', 'B', 'C', 'a longer text & <signs>'];

/** What somebody fills a form with. */
export function drawFields(chance: Chance, mark: string, place?: Place): EventFields {
  return {
    title: `[${mark}] ${chance.pick(texts)}`.trim(),
    description: chance.pick(texts),
    location: chance.pick(texts),
    when: drawWhen(chance),
    recurrence: null,
    visibility: 'default',
    showAs: drawShowAs(chance, place),
    attendees: [],
  };
}

export function drawShowAs(chance: Chance, place?: Place): EventFields['showAs'] {
  return place?.side === 'google'
    ? chance.pick(['busy', 'free'])
    : chance.pick(['busy', 'free', 'tentative', 'out-of-office', 'working-elsewhere']);
}

function drawWhen(chance: Chance): When {
  const day = `2026-12-0${chance.integer(1, 4)}`;
  if (chance.is(0.2)) {
    return { kind: 'all-day', startDate: day, endDate: `2026-12-0${Number(day.slice(-1)) + 1}` };
  }
  const hour = chance.pick(hours);
  const at = (one: number) => `${day}T${String(one).padStart(2, '0')}:00:00`;
  const timeZone = chance.pick(timeZones);
  return { kind: 'timed', start: at(hour), end: at(hour + 1), timeZone };
}

/** In the judge's words (see views.ts). */
export function wordsOf(fields: EventFields): Values {
  const { when } = fields;
  const names: Record<string, string> = {
    'out-of-office': 'out',
    'working-elsewhere': 'workingElsewhere',
  };
  return {
    title: fields.title,
    location: fields.location,
    notes: fields.description,
    when: wordsOfWhen(when),
    showAs: names[fields.showAs] ?? fields.showAs,
  };
}

export function wordsOfWhen(when: When): string {
  if (when.kind === 'all-day') return `${when.startDate} to ${when.endDate}`;
  const at = (local: string) =>
    new Date(toInstant(when.timeZone, Date.parse(`${local}Z`))).toISOString().slice(0, 16);
  return `${at(when.start)} to ${at(when.end)}`;
}

/** Where a calendar's events are. */
export const pathOf = ({ side }: Place) =>
  side === 'google' ? '/calendar/v3/calendars/primary/events' : '/v1.0/me/events';

/** What the provider's API is sent for these fields. */
export function bodyOf(
  place: Place,
  fields: Partial<EventFields>,
  method: 'insert' | 'patch',
): object {
  return place.side === 'google' ? toGoogle(fields, method) : toGraph(fields);
}

function toGoogle(fields: Partial<EventFields>, method: 'insert' | 'patch'): object {
  const { when } = fields;
  const clear = method === 'patch';
  const time = (local: string, timeZone: string) => ({
    dateTime: local,
    timeZone,
    ...(clear && { date: null }),
  });
  const date = (day: string) => ({ date: day, ...(clear && { dateTime: null, timeZone: null }) });
  return {
    ...(fields.title !== undefined && { summary: fields.title }),
    ...(fields.description !== undefined && {
      description: fields.description
        .replaceAll('&', '&amp;')
        .replaceAll('<', '&lt;')
        .replaceAll('>', '&gt;'),
    }),
    ...(fields.location !== undefined && { location: fields.location }),
    ...(when?.kind === 'timed' && {
      start: time(when.start, when.timeZone),
      end: time(when.end, when.timeZone),
    }),
    ...(when?.kind === 'all-day' && { start: date(when.startDate), end: date(when.endDate) }),
    ...(fields.showAs && { transparency: fields.showAs === 'free' ? 'transparent' : 'opaque' }),
  };
}

function toGraph(fields: Partial<EventFields>): object {
  const { when } = fields;
  const names: Record<string, string> = {
    'out-of-office': 'oof',
    'working-elsewhere': 'workingElsewhere',
  };
  return {
    ...(fields.title !== undefined && { subject: fields.title }),
    ...(fields.description !== undefined && {
      body: { contentType: 'text', content: fields.description },
    }),
    ...(fields.location !== undefined && { location: { displayName: fields.location } }),
    ...(when?.kind === 'timed' && {
      isAllDay: false,
      start: { dateTime: when.start, timeZone: when.timeZone },
      end: { dateTime: when.end, timeZone: when.timeZone },
    }),
    ...(when?.kind === 'all-day' && {
      isAllDay: true,
      start: { dateTime: `${when.startDate}T00:00:00`, timeZone: 'UTC' },
      end: { dateTime: `${when.endDate}T00:00:00`, timeZone: 'UTC' },
    }),
    ...(fields.showAs && { showAs: names[fields.showAs] ?? fields.showAs }),
  };
}

/** What nobody has typed anything into. */
export const emptyFields: EventFields = {
  title: '',
  description: '',
  location: '',
  when: { kind: 'all-day', startDate: '2026-12-01', endDate: '2026-12-02' },
  recurrence: null,
  visibility: 'default',
  showAs: 'busy',
  attendees: [],
};
