import type { ConnectionId, TenantId } from '../calendar/ids.ts';
import type {
  ChangePage,
  FeedPosition,
  Provider,
  RemoteChange,
  RemoteEvent,
} from '../providers/provider.ts';
import type { CalendarRow } from '../store/database.ts';
import type { Policies } from '../store/policies.ts';
import { planPreview } from '../store/preview.ts';
import { findFeedLinks, findLeadsByEmail } from '../store/pulls.ts';
import { inTenant } from '../store/tenant.ts';
import { matchEntry } from '../sync/match.ts';
import { withAccessToken } from './access-token.ts';
import type { Engine } from './engine.ts';
import { fitWindow } from './pull-schedule.ts';
import { isWanted, listOthers } from './take-page.ts';

/** A person waits: of a calendar with more pages than this the rest is not counted. */
const PAGES_MAX = 5;

export interface PreviewedConnection {
  tenantId: TenantId;
  connectionId: ConnectionId;
  /** The account's address. */
  email: string;
}

/** What a first sync of one calendar would do. */
export interface CalendarPreview {
  calendar: CalendarRow;
  /** Entries that would become events here. */
  inCount: number;
  /** Events of ours that would become entries there. */
  outCount: number;
  /** Entries that are copies of our events already. */
  oursCount: number;
  /** Repeating events among what comes in. */
  seriesCount: number;
  unreadableCount: number;
  /** What the rules of the company leave out: birthdays and the like, meetings without a lead. */
  leftOutCount: number;
  /** False when the calendar has more than was read. */
  isWhole: boolean;
}

/**
 * Counts what a first sync would bring, calendar by calendar, and changes nothing. Throws
 * `ProviderError` where the provider cannot be asked.
 */
export async function previewSync(
  engine: Engine,
  ref: PreviewedConnection,
  provider: Provider,
): Promise<CalendarPreview[]> {
  const now = new Date(engine.runtime.now());
  const plan = await inTenant(engine.store, ref, (tx) => planPreview(tx, { ...ref, now }));
  const { import_days_back: daysBack, import_days_ahead: daysAhead } = plan.policies;
  const { windowDaysMax } = provider.capabilities;
  const window = fitWindow({ daysBack, daysAhead }, windowDaysMax, now.getTime());
  const previews: CalendarPreview[] = [];
  for (const { calendar, outCount } of plan.calendars) {
    const isRead = calendar.direction === 'both' || calendar.direction === 'in';
    const { changes, isWhole } = isRead
      ? await readPages(engine, ref, provider, { calendar, window })
      : { changes: [], isWhole: true };
    const found = { calendar, changes, policies: plan.policies, windowStart: window.start };
    const counts = await count(engine, ref, found);
    previews.push({ calendar, outCount, isWhole, ...counts });
  }
  return previews;
}

async function readPages(
  engine: Engine,
  ref: PreviewedConnection,
  provider: Provider,
  { calendar, window }: { calendar: CalendarRow; window: FeedPosition['window'] },
): Promise<{ changes: RemoteChange[]; isWhole: boolean }> {
  const changes: RemoteChange[] = [];
  let pageToken: string | null = null;
  for (let pages = 0; pages < PAGES_MAX; pages++) {
    const position: FeedPosition = { syncToken: null, pageToken, window };
    const page: ChangePage = await withAccessToken(engine, ref, (accessToken) =>
      provider.listChanges({ accessToken, calendarId: calendar.external_id }, position),
    );
    changes.push(...page.changes);
    if (!('pageToken' in page.next)) return { changes, isWhole: true };
    pageToken = page.next.pageToken;
  }
  return { changes, isWhole: false };
}

async function count(
  engine: Engine,
  { tenantId, email }: PreviewedConnection,
  found: {
    calendar: CalendarRow;
    changes: readonly RemoteChange[];
    policies: Policies;
    windowStart: Date;
  },
): Promise<Omit<CalendarPreview, 'calendar' | 'outCount' | 'isWhole'>> {
  const { calendar, changes, policies, windowStart } = found;
  const entries = changes.flatMap((change) => (change.kind === 'event' ? [change.event] : []));
  const singles = entries.filter(({ slot }) => slot === null);
  // Told by no more than their ids: most of them are wanted.
  const named = new Set(changes.flatMap((one) => (one.kind === 'series' ? [one.externalId] : [])));
  const place = { calendarId: calendar.id, connectionId: calendar.connection_id };
  return inTenant(engine.store, { tenantId }, async (tx) => {
    const links = await findFeedLinks(tx, calendar.id, {
      externalIds: [...named, ...singles.map(({ externalId }) => externalId)],
      linkIds: singles.flatMap(({ linkId }) => linkId ?? []),
      iCalUids: singles.flatMap(({ iCalUid }) => iCalUid ?? []),
    });
    const news = singles.filter((entry) => {
      const candidates = links.filter(
        ({ id, external_id, ical_uid }) =>
          external_id === entry.externalId || id === entry.linkId || ical_uid === entry.iCalUid,
      );
      return matchEntry(entry, place, candidates).kind === 'new';
    });
    const othersOf = (entry: RemoteEvent) => listOthers(entry, { email });
    const leads = await findLeadsByEmail(tx, [...new Set(news.flatMap(othersOf))]);
    const wanted = news.filter(
      (entry) =>
        isWanted(entry, { generation: null, windowStart }) &&
        (policies.ingest === 'all' || othersOf(entry).some((address) => leads.has(address))),
    );
    const known = [...named].filter((id) => links.some(({ external_id }) => external_id === id));
    const unknownCount = named.size - known.length;
    return {
      inCount: wanted.length + unknownCount,
      oursCount: singles.length - news.length + known.length,
      leftOutCount: news.length - wanted.length,
      seriesCount: unknownCount + wanted.filter(({ fields }) => fields.recurrence).length,
      unreadableCount: changes.filter(({ kind }) => kind === 'unreadable').length,
    };
  });
}
