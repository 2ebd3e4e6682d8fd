import type { SeedEvent } from './seed.ts';

const TIME_ZONE = 'Europe/Berlin';
const DAY_MS = 24 * 60 * 60_000;

/** Of one entry: the day, counted from this week's Monday, and its times on the clock in Berlin. */
type When = [day: number, start: string, end: string];

/**
 * What the demonstration's people have in their calendars before any CRM is connected: a dentist, a team
 * lunch, a meeting that a customer invited to. All of it lies around the week of `nowMs`.
 */
export function demonstrationEvents(nowMs: number): SeedEvent[] {
  const monday = startOfWeek(nowMs);
  const dateOf = (day: number) => new Date(monday + day * DAY_MS).toISOString().slice(0, 10);
  const at = (day: number, time: string) => ({
    dateTime: `${dateOf(day)}T${time}:00`,
    timeZone: TIME_ZONE,
  });
  const times = ([day, start, end]: When) => ({ start: at(day, start), end: at(day, end) });

  const google = (email: string, summary: string, when: When, more: object = {}): SeedEvent => ({
    provider: 'google',
    email,
    event: { summary, ...times(when), ...more },
  });
  const outlook = (email: string, subject: string, when: When, more: object = {}): SeedEvent => ({
    provider: 'outlook',
    email,
    event: { subject, ...times(when), ...more },
  });
  const weekly = (day: number, name: string) => ({
    recurrence: {
      pattern: { type: 'weekly', interval: 1, daysOfWeek: [name], firstDayOfWeek: 'monday' },
      range: { type: 'noEnd', startDate: dateOf(day), recurrenceTimeZone: TIME_ZONE },
    },
  });
  const allDay = (first: number, afterLast: number) => ({
    start: { date: dateOf(first) },
    end: { date: dateOf(afterLast) },
  });

  const [anna, ben] = ['anna@northwind.sandbox', 'ben@northwind.sandbox'];
  const [annaAtWork, benAtWork] = [
    'anna@northwind.onmicrosoft.sandbox',
    'ben@northwind.onmicrosoft.sandbox',
  ];
  return [
    google(anna, 'Team stand-up', [-42, '08:45', '09:00'], {
      recurrence: ['RRULE:FREQ=WEEKLY;BYDAY=MO,TH'],
    }),
    google(anna, 'Dentist', [2, '08:00', '08:45'], {
      location: 'Dr. Weiss, Lindenstraße 3',
      visibility: 'private',
    }),
    google(anna, 'Team lunch', [3, '12:00', '13:00'], { location: 'Osteria am Markt' }),
    google(anna, 'Price list: alignment with Carla', [8, '16:00', '16:45'], {
      attendees: [{ email: 'carla@fontaine.example', displayName: 'Carla Fontaine' }],
    }),
    { provider: 'google', email: anna, event: { summary: 'Days off', ...allDay(18, 21) } },
    google(ben, 'Team stand-up', [-42, '08:45', '09:00'], {
      recurrence: ['RRULE:FREQ=WEEKLY;BYDAY=MO,TH'],
    }),
    google(ben, 'School play', [4, '16:30', '18:00'], { visibility: 'private' }),
    outlook(annaAtWork, 'Pipeline review', [-42, '16:30', '17:15'], {
      ...weekly(-42, 'monday'),
      location: { displayName: 'Meeting room Elbe' },
    }),
    outlook(annaAtWork, 'Budget talk with finance', [2, '11:00', '11:45']),
    outlook(annaAtWork, 'Interview: inside sales', [9, '09:00', '10:00'], {
      location: { displayName: 'Meeting room Spree' },
    }),
    outlook(benAtWork, 'Pipeline review', [-42, '16:30', '17:15'], weekly(-42, 'monday')),
  ];
}

/** Midnight, in UTC, of the Monday of the week that it is in Berlin. */
function startOfWeek(nowMs: number): number {
  const date = new Intl.DateTimeFormat('en-CA', { timeZone: TIME_ZONE }).format(nowMs);
  const midnight = Date.parse(`${date}T00:00:00Z`);
  return midnight - ((new Date(midnight).getUTCDay() + 6) % 7) * DAY_MS;
}
