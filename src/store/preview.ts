import type { CalendarId, ConnectionId, LinkId } from '../calendar/ids.ts';
import type { CalendarRow } from './database.ts';
import { listEventsWithoutCopy } from './links.ts';
import { getPolicies, type Policies } from './policies.ts';
import type { TenantTransaction } from './tenant.ts';

/** What a preview is made from. */
export interface PreviewPlan {
  calendars: { calendar: CalendarRow; outCount: number }[];
  policies: Policies;
}

/** The calendars in use, and how many coming events would go to each. */
export async function planPreview(
  tx: TenantTransaction,
  { connectionId, now }: { connectionId: ConnectionId; now: Date },
): Promise<PreviewPlan> {
  const rows = await tx
    .selectFrom('calendars')
    .selectAll()
    .where('connection_id', '=', connectionId)
    .where('direction', '<>', 'none')
    .where('state', '<>', 'removed')
    .orderBy('is_write_target', 'desc')
    .orderBy('id')
    .execute();
  const calendars: PreviewPlan['calendars'] = [];
  for (const calendar of rows) {
    const target = { connectionId, calendarId: calendar.id, now };
    const out = calendar.is_write_target ? await listEventsWithoutCopy(tx, target) : [];
    calendars.push({ calendar, outCount: out.length });
  }
  return { calendars, policies: await getPolicies(tx) };
}

/** What tells an entry of a calendar apart. */
export interface Identity {
  externalId: string;
  iCalUid: string | null;
  linkId: LinkId | null;
}

/** Those of the entries that a link of the company knows: by id there, by link id, by iCalUID. */
export async function listKnown(
  tx: TenantTransaction,
  calendarId: CalendarId,
  entries: readonly Identity[],
): Promise<Set<Identity>> {
  const externalIds = entries.map(({ externalId }) => externalId);
  const linkIds = entries.flatMap(({ linkId }) => linkId ?? []);
  const uids = entries.flatMap(({ iCalUid }) => iCalUid ?? []);
  if (entries.length === 0) return new Set();
  const rows = await tx
    .selectFrom('event_links')
    .select(['id', 'calendar_id', 'external_id', 'ical_uid'])
    .where(({ or, and, eb }) =>
      or([
        and([eb('calendar_id', '=', calendarId), eb('external_id', 'in', externalIds)]),
        ...(linkIds.length > 0 ? [eb('id', 'in', linkIds)] : []),
        ...(uids.length > 0 ? [eb('ical_uid', 'in', uids)] : []),
      ]),
    )
    .execute();
  const known = {
    externalIds: new Set(
      rows.filter((row) => row.calendar_id === calendarId).map((row) => row.external_id),
    ),
    linkIds: new Set(rows.map(({ id }) => id)),
    uids: new Set(rows.map(({ ical_uid }) => ical_uid)),
  };
  return new Set(
    entries.filter(
      ({ externalId, linkId, iCalUid }) =>
        known.externalIds.has(externalId) ||
        (linkId !== null && known.linkIds.has(linkId)) ||
        (iCalUid !== null && known.uids.has(iCalUid)),
    ),
  );
}

/** Which of the addresses, in lower case, are a lead's. */
export async function listLeadAddresses(
  tx: TenantTransaction,
  addresses: readonly string[],
): Promise<Set<string>> {
  if (addresses.length === 0) return new Set();
  const rows = await tx
    .selectFrom('leads')
    .select(({ fn }) => fn<string>('lower', ['email']).as('email'))
    .where(({ fn }) => fn('lower', ['email']), 'in', [...addresses])
    .execute();
  return new Set(rows.map(({ email }) => email));
}
