import type { AccessToken, RemoteCalendar } from '../provider.ts';
import { ProviderError } from '../provider-error.ts';
import { calendarPageAnswer, type OutlookCalendar, type OutlookHttp } from './http.ts';

/** The default page is 10. Source: paging. */
const PAGE_SIZE = 100;
/** More calendars than this is a feed that does not end, not a person. */
const PAGE_COUNT_MAX = 20;

/** Every calendar of the mailbox. Source: user, list calendars. */
export async function listCalendars(
  http: OutlookHttp,
  accessToken: AccessToken,
): Promise<RemoteCalendar[]> {
  const calendars: RemoteCalendar[] = [];
  let nextLink: string | undefined;
  for (let pageCount = 0; pageCount < PAGE_COUNT_MAX; pageCount++) {
    const where = nextLink
      ? { nextLink }
      : {
          path: '/me/calendars',
          query: { $select: 'id,name,isDefaultCalendar,canEdit', $top: String(PAGE_SIZE) },
        };
    const page = await http.call(
      { method: 'GET', where, accessToken, subject: 'calendar' },
      calendarPageAnswer,
    );
    calendars.push(...page.value.map(toRemoteCalendar));
    nextLink = page['@odata.nextLink'];
    if (!nextLink) return calendars;
  }
  throw new ProviderError(
    'malformed-answer',
    `Microsoft's list of calendars did not end in ${PAGE_COUNT_MAX} pages.`,
  );
}

/** The zone belongs to the mailbox's settings, which need a scope of their own. */
function toRemoteCalendar(calendar: OutlookCalendar): RemoteCalendar {
  return {
    externalId: calendar.id,
    name: calendar.name ?? '',
    timeZone: null,
    isPrimary: calendar.isDefaultCalendar === true,
    canWrite: calendar.canEdit === true,
  };
}
