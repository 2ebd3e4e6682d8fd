import type { SandboxServer } from '../../sandbox/server.ts';
import type { ProviderName } from '../../sandbox/world.ts';

/** Colleagues at each of the providers. */
export const ANNA = {
  google: 'anna@northwind.sandbox',
  outlook: 'anna@northwind.onmicrosoft.sandbox',
};
export const BEN = {
  google: 'ben@northwind.sandbox',
  outlook: 'ben@northwind.onmicrosoft.sandbox',
};
const ZONE = 'Europe/Berlin';

/** At local times of Berlin, or until `dayAfter` by whole days; `weeks`: every Monday so many times. */
export interface Planned {
  title: string;
  date: string;
  from: string;
  to: string;
  dayAfter?: string;
  guests?: string[];
  weeks?: number;
  description?: string;
}

/** Plans an event through the API, as an application would. */
export async function plan(
  server: SandboxServer,
  provider: ProviderName,
  email: string,
  event: Planned,
): Promise<void> {
  const { title, date, dayAfter, guests = [], weeks, description = '' } = event;
  const start = { dateTime: `${date}T${dayAfter ? '00:00' : event.from}:00`, timeZone: ZONE };
  const end = {
    dateTime: dayAfter ? `${dayAfter}T00:00:00` : `${date}T${event.to}:00`,
    timeZone: ZONE,
  };
  const google = {
    summary: title,
    location: title,
    description,
    start: dayAfter ? { date } : start,
    end: dayAfter ? { date: dayAfter } : end,
    attendees: guests.map((address) => ({ email: address })),
    ...(weeks ? { recurrence: [`RRULE:FREQ=WEEKLY;COUNT=${weeks}`] } : {}),
  };
  const range = { type: 'numbered', startDate: date, numberOfOccurrences: weeks };
  const pattern = { type: 'weekly', interval: 1, daysOfWeek: ['monday'] };
  const outlook = {
    subject: title,
    location: { displayName: title },
    body: { contentType: 'text', content: description },
    isAllDay: dayAfter !== undefined,
    start,
    end,
    attendees: guests.map((address) => ({ type: 'required', emailAddress: { address } })),
    ...(weeks ? { recurrence: { pattern, range } } : {}),
  };
  if (provider === 'google') {
    const path = '/calendar/v3/calendars/primary/events?sendUpdates=all';
    await callApi(server, provider, path, email, google);
  } else {
    await callApi(server, provider, '/v1.0/me/events', email, outlook);
  }
}

/** What the API says is in Anna's calendar: title, start and end; dates for whole days. */
export async function readPlan(server: SandboxServer, provider: ProviderName): Promise<string[]> {
  if (provider === 'google') {
    const { items } = await callApi<GoogleListing>(server, provider, googlePath);
    const text = (time: GoogleTime) => time.date ?? time.dateTime?.slice(0, 16);
    return items.map(({ summary, start, end }) => `${summary} ${text(start)} ${text(end)}`);
  }
  const { value } = await callApi<GraphListing>(server, provider, graphPath);
  return value.map(({ subject, isAllDay, start, end }) => {
    const [from, to] = [start, end].map(({ dateTime }) => dateTime.slice(0, isAllDay ? 10 : 16));
    return `${subject} ${from} ${to}`;
  });
}

/** Ben's answer, as the organizer's copy has it. */
export async function readAnswer(
  server: SandboxServer,
  provider: ProviderName,
): Promise<string | undefined> {
  if (provider === 'google') {
    const { items } = await callApi<GoogleListing>(server, provider, googlePath);
    return items[0]?.attendees?.find(({ email }) => email === BEN.google)?.responseStatus;
  }
  const { value } = await callApi<GraphListing>(server, provider, graphPath);
  const isBen = (guest: { emailAddress: { address: string } }) =>
    guest.emailAddress.address === BEN.outlook;
  return value[0]?.attendees.find(isBen)?.status.response;
}

async function callApi<T>(
  { url, sandbox }: SandboxServer,
  provider: ProviderName,
  path: string,
  email: string = ANNA[provider],
  body?: object,
): Promise<T> {
  const response = await fetch(url + path, {
    method: body ? 'POST' : 'GET',
    headers: {
      authorization: `Bearer ${sandbox.issueToken({ provider, email })}`,
      'content-type': 'application/json',
      prefer: `outlook.timezone="${ZONE}"`,
    },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return (await response.json()) as T;
}

interface GoogleTime {
  date?: string;
  dateTime?: string;
}
interface GoogleListing {
  items: { summary: string; start: GoogleTime; end: GoogleTime; attendees?: GoogleGuest[] }[];
}
interface GoogleGuest {
  email: string;
  responseStatus: string;
}
interface GraphListing {
  value: {
    subject: string;
    isAllDay: boolean;
    start: { dateTime: string };
    end: { dateTime: string };
    attendees: { emailAddress: { address: string }; status: { response: string } }[];
  }[];
}

const googleQuery = `singleEvents=true&orderBy=startTime&timeZone=${ZONE}`;
const googlePath = `/calendar/v3/calendars/primary/events?${googleQuery}`;
const graphDates = 'startDateTime=2026-11-01T00:00:00Z&endDateTime=2027-02-01T00:00:00Z';
const graphPath = `/v1.0/me/calendarView?${graphDates}&$orderby=start/dateTime`;
