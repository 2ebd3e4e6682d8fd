import type { AccessToken, RemoteCalendar } from '../provider.ts';
import { ProviderError } from '../provider-error.ts';
import { calendarPageAnswer, type GoogleCalendar, type GoogleHttp } from './http.ts';

/** Source: calendarList.list, `maxResults`: default 100, maximum 250. */
const PAGE_SIZE = 250;
/** More calendars than this is a feed that does not end, not a person. */
const PAGE_COUNT_MAX = 20;

/** Every calendar in the user's list. Source: calendarList.list. */
export async function listCalendars(
  http: GoogleHttp,
  accessToken: AccessToken,
): Promise<RemoteCalendar[]> {
  const calendars: RemoteCalendar[] = [];
  let pageToken: string | undefined;
  for (let pageCount = 0; pageCount < PAGE_COUNT_MAX; pageCount++) {
    const page = await http.call(
      {
        method: 'GET',
        where: {
          path: '/users/me/calendarList',
          query: { maxResults: String(PAGE_SIZE), ...(pageToken && { pageToken }) },
        },
        accessToken,
        subject: 'calendar',
      },
      calendarPageAnswer,
    );
    calendars.push(...(page.items ?? []).filter((item) => !item.deleted).map(toRemoteCalendar));
    if (!page.nextPageToken) return calendars;
    pageToken = page.nextPageToken;
  }
  throw new ProviderError(
    'malformed-answer',
    `Google's list of calendars did not end in ${PAGE_COUNT_MAX} pages.`,
  );
}

function toRemoteCalendar(calendar: GoogleCalendar): RemoteCalendar {
  return {
    externalId: calendar.id,
    name: calendar.summaryOverride ?? calendar.summary ?? calendar.id,
    timeZone: calendar.timeZone ?? null,
    isPrimary: calendar.primary === true,
    canWrite: calendar.accessRole === 'owner' || calendar.accessRole === 'writer',
  };
}
