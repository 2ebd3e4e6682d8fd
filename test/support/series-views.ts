import type { Mailbox } from './field.ts';
import type { Person } from './stack.ts';

/** One occurrence of a series as somebody sees it. */
export interface SeenOccurrence {
  /** The provider's, or ours. */
  id: string;
  /** A date, or a time by the clock of the series, to the second. */
  start: string;
  title: string;
}

/** The same where the API has it. */
export interface ListedOccurrence extends SeenOccurrence {
  series_id: string | null;
  original_start: string | null;
  version: number;
}

export interface SeriesWindow {
  /** Instants. */
  from: string;
  to: string;
}

/** What the CRM shows with a lead. */
export async function listHere(
  person: Person,
  leadId: string,
  { from, to }: SeriesWindow,
): Promise<ListedOccurrence[]> {
  const { activities } = await person.client.get<{ activities: ListedOccurrence[] }>(
    `/api/activities?lead_id=${leadId}&from=${from}&to=${to}`,
  );
  return activities;
}

/** What the series' owner sees of it in the calendar, by the clock of `zone` (null: all-day). */
export async function listThere(
  mailbox: Mailbox,
  seriesId: string,
  { from, to }: SeriesWindow,
  zone: string | null,
): Promise<SeenOccurrence[]> {
  const isGoogle = mailbox.provider === 'google';
  const path = isGoogle
    ? `/calendar/v3/calendars/primary/events/${seriesId}/instances?maxResults=2500&timeMin=${from}&timeMax=${to}`
    : `/v1.0/me/events/${seriesId}/instances?$top=1000&startDateTime=${from}&endDateTime=${to}`;
  const body = (await mailbox.there.call('GET', path)) as Record<string, Told[]>;
  return (body['items'] ?? body['value'] ?? [])
    .map(({ id, start: { date, dateTime }, ...told }) => ({
      id,
      title: told.summary ?? told.subject ?? '',
      start: date ?? (zone === null ? dateTime.slice(0, 10) : toWall(dateTime, zone)),
    }))
    .sort((a, b) => (a.start < b.start ? -1 : 1));
}

interface Told {
  id: string;
  summary?: string;
  subject?: string;
  start: { date?: string; dateTime: string };
}

/** An instant on the clock of a zone. Graph prints UTC without saying so. */
export function toWall(dateTime: string, timeZone: string): string {
  const isWhole = /(Z|[+-]\d\d:\d\d)$/.test(dateTime);
  const instant = new Date(isWhole ? dateTime : `${dateTime.slice(0, 19)}Z`);
  return instant.toLocaleString('sv-SE', { timeZone }).replace(' ', 'T');
}

export const toLines = (found: readonly Pick<SeenOccurrence, 'start' | 'title'>[]): string[] =>
  found.map(({ start, title }) => `${start} ${title}`);

/** Renames one occurrence here. */
export async function renameHere(
  person: Person,
  { series_id, original_start, version }: ListedOccurrence,
  title: string,
): Promise<void> {
  const path = `/api/activities/${series_id}/occurrences/${original_start}`;
  await person.client.send('PATCH', path, { scope: 'this', version, title });
}

/** So that old series come in, and go far ahead; with what lies between them in reach of Outlook. */
export async function takeInAll(person: Person, daysAhead = 1825): Promise<void> {
  await person.client.send('PUT', '/api/admin/policies', {
    import_days_back: 3650,
    import_days_ahead: daysAhead,
    ingest: 'all',
  });
}
