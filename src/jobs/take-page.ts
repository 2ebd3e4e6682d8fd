import type { EventId, LeadId, LinkId, UserId } from '../calendar/ids.ts';
import type { RemoteChange, RemoteEvent, RemoteException } from '../providers/provider.ts';
import type { EventRow, LinkRow } from '../store/database.ts';
import { isAlive, getLastEnd } from '../store/event-fields.ts';
import { lockEvent, lockEvents } from '../store/events.ts';
import { type Import, insertImports } from '../store/imports.ts';
import {
  adoptEntry,
  changeLink,
  type LinkChanges,
  lockLink,
  lockLinks,
  moveLink,
} from '../store/links.ts';
import { notifyPages } from '../store/notify.ts';
import {
  type FeedLink,
  findFeedLinks,
  findLeadsByEmail,
  getImportPolicy,
  markDue,
  noteSeen,
  noteUnreadable,
} from '../store/pulls.ts';
import { findLinkIn, passOnNews } from '../store/exception-links.ts';
import { recogniseSplits } from '../store/splits.ts';
import type { TenantTransaction } from '../store/tenant.ts';
import { matchEntry } from '../sync/match.ts';
import { decideLink } from './decide-link.ts';
import type { Engine } from './engine.ts';
import { learn, learnGone } from './learn.ts';
import { takeExceptions } from './take-exceptions.ts';
import type { Target } from './target.ts';

/** The listing that a page belongs to. */
export interface Listing {
  /** Its number, for a whole listing; null for what changed since the last. */
  generation: number | null;
  /** Entries that ended before are not taken in. */
  windowStart: Date;
}

/**
 * Takes one page of a calendar's feed into the database: what is known is merged, what is new
 * becomes an event, what is gone is noted. Deleting anything is left for later, when all of the
 * listing is known and can be counted (SPEC D6). Repeating a page changes nothing.
 */
export async function takePage(
  engine: Engine,
  target: Target,
  tx: TenantTransaction,
  page: readonly RemoteChange[],
  listing: Listing,
): Promise<void> {
  const { job } = target;
  const now = new Date(engine.runtime.now());
  const changes = [...new Map(page.map((change) => [idOf(change), change])).values()];
  if (changes.length === 0) return;
  const links = await findFeedLinks(tx, job.calendar_id, {
    externalIds: changes.map(idOf),
    linkIds: changes.flatMap((change) =>
      change.kind === 'event' && change.event.linkId ? [change.event.linkId] : [],
    ),
    iCalUids: changes.flatMap((change) =>
      change.kind === 'event' && change.event.iCalUid ? [change.event.iCalUid] : [],
    ),
  });
  const found = sortOut(target, changes, links);
  await noteUnreadable(tx, job.calendar_id, found.unreadable, now);
  await importNew(engine, target, tx, found.news, listing);
  const seen = [...found.unchanged];
  // All events, then all links: in the order that everybody locks them in.
  const known = found.changed;
  const events = await lockEvents(tx, [...new Set(known.map(({ link }) => link.event_id))]);
  const locked = await lockLinks(
    tx,
    known.filter(({ kind }) => kind !== 'twin').map(({ link }) => link.id),
  );
  // What is said of a series may be said of its halves and dates, which the page may tell of as well.
  const mayChangeOthers = [...events.values()].some(isOfSeries);
  for (const entry of known) {
    const { id, event_id } = entry.link;
    const rows = { event: events.get(event_id), link: locked.get(id) };
    // What the page said of it before may have changed it.
    events.delete(event_id);
    if (mayChangeOthers) {
      rows.event = await lockEvent(tx, event_id);
      rows.link &&= await lockLink(tx, id);
    }
    const linkId = await takeChange(engine, target, tx, { entry, ...rows, now });
    if (linkId) seen.push(linkId);
  }
  for (const { externalId, exceptions, isWhole } of found.exceptions) {
    seen.push(...(await takeExceptionsOf(engine, target, tx, externalId, { exceptions, isWhole })));
  }
  if (changes.some(isWholeSeries)) {
    const place = { calendarId: job.calendar_id, connectionId: job.connection_id };
    await recogniseSplits(tx, place, { now, newId: engine.runtime.newId });
  }
  if (listing.generation !== null) await noteSeen(tx, seen, listing.generation);
  const changeCount = found.news.length + known.length;
  target.counts.changesIn += changeCount;
  if (changeCount > 0) await notifyPages(tx, 'activities');
}

const isOfSeries = ({ series_id, split_from }: EventRow): boolean =>
  series_id !== null || split_from !== null;

const isWholeSeries = (change: RemoteChange) =>
  change.kind === 'event' && change.event.fields.recurrence !== null;

const idOf = (change: RemoteChange): string =>
  change.kind === 'event' ? change.event.externalId : change.externalId;

type KnownChange = { link: FeedLink } & (
  | { kind: 'event'; event: RemoteEvent }
  | { kind: 'returned'; event: RemoteEvent }
  | { kind: 'twin'; event: RemoteEvent }
  | { kind: 'removed' | 'missing' }
  | { kind: 'unreadable'; reason: string }
);

/** What a page says, by what is to be done about it. Pure. */
function sortOut(
  { job }: Target,
  changes: readonly RemoteChange[],
  links: readonly FeedLink[],
): {
  news: RemoteEvent[];
  changed: KnownChange[];
  unchanged: LinkId[];
  unreadable: { externalId: string; reason: string }[];
  exceptions: ExceptionsOf[];
} {
  const place = { calendarId: job.calendar_id, connectionId: job.connection_id };
  const news: RemoteEvent[] = [];
  const changed: KnownChange[] = [];
  const unchanged: LinkId[] = [];
  const unreadable: { externalId: string; reason: string }[] = [];
  const byKey = indexLinks(links);
  const { exceptions, others } = splitOff(changes);

  for (const change of others) {
    if (change.kind === 'unreadable') unreadable.push(change);
    if (change.kind !== 'event') {
      const link = (byKey.get(change.externalId) ?? []).find(
        (one) =>
          !one.isClosed &&
          one.calendar_id === place.calendarId &&
          one.external_id === change.externalId,
      );
      if (link) changed.push({ ...change, link });
      continue;
    }
    const { event } = change;
    const candidates = [event.externalId, event.linkId, event.iCalUid].flatMap((key) =>
      key === null ? [] : (byKey.get(key) ?? []),
    );
    const match = matchEntry(event, place, candidates);
    if (match.kind === 'left-alone') continue;
    if (match.kind === 'new') news.push(event);
    else if (match.kind === 'twin') changed.push({ kind: 'twin', event, link: match.link });
    else if (match.kind === 'returned') changed.push({ kind: 'returned', event, link: match.link });
    else if (isEcho(event, match.link)) unchanged.push(match.link.id);
    else changed.push({ kind: 'event', event, link: match.link });
  }
  return { news, changed, unchanged, unreadable, exceptions };
}

/** What is told of single occurrences of one series. */
interface ExceptionsOf {
  /** The provider's id of the series. */
  externalId: string;
  exceptions: RemoteException[];
  isWhole: boolean;
}

type OtherChange = Exclude<RemoteChange, { kind: 'cancelled-occurrence' | 'series' }>;

/** They come after the events that they are exceptions of. Whole series have been asked for by now. */
function splitOff(changes: readonly RemoteChange[]): {
  others: OtherChange[];
  exceptions: ExceptionsOf[];
} {
  const others: OtherChange[] = [];
  const bySeries = new Map<string, ExceptionsOf>();
  const add = (externalId: string, found: readonly RemoteException[], isWhole: boolean) => {
    const known = bySeries.get(externalId) ?? { externalId, exceptions: [], isWhole: false };
    known.exceptions.push(...found);
    bySeries.set(externalId, { ...known, isWhole: known.isWhole || isWhole });
  };
  for (const change of changes) {
    if (change.kind === 'cancelled-occurrence') {
      add(change.slot.seriesId, [{ kind: 'cancelled', slot: change.slot }], false);
    } else if (change.kind === 'event' && change.event.slot) {
      const { slot } = change.event;
      add(slot.seriesId, [{ kind: 'changed', event: { ...change.event, slot } }], false);
    } else if (change.kind !== 'series') {
      others.push(change);
      const whole = change.kind === 'event' ? change.event : null;
      if (whole?.exceptions) add(whole.externalId, whole.exceptions, true);
    }
  }
  return { others, exceptions: [...bySeries.values()] };
}

async function takeExceptionsOf(
  engine: Engine,
  target: Target,
  tx: TenantTransaction,
  externalId: string,
  told: { exceptions: readonly RemoteException[]; isWhole: boolean },
): Promise<LinkId[]> {
  const found = await findLinkIn(tx, target.job.calendar_id, { externalId });
  const event = found && (await lockEvent(tx, found.event_id));
  const link = found && (await lockLink(tx, found.id));
  if (!event?.recurrence || !link || link.state === 'closed') return [];
  // Before its copy is deleted, they are looked for.
  if (!isAlive(event)) return [];
  return takeExceptions(engine, target, tx, { event, link }, told);
}

/** By each of the three that `matchEntry` looks at. */
function indexLinks(links: readonly FeedLink[]): Map<string, FeedLink[]> {
  const index = new Map<string, FeedLink[]>();
  for (const link of links) {
    for (const key of [link.external_id, link.id, link.ical_uid]) {
      if (key === null) continue;
      const entry = index.get(key);
      if (!entry) index.set(key, [link]);
      else if (!entry.some(({ id }) => id === link.id)) entry.push(link);
    }
  }
  return index;
}

/** Our own write, or what we have read before: nothing about it is new. */
function isEcho(event: RemoteEvent, link: FeedLink): boolean {
  return event.etag === link.etag && !link.is_stale && link.sent === null && !link.is_remote_gone;
}

/** Merges one entry that we know; answers its link, or undefined when that has gone meanwhile. */
async function takeChange(
  engine: Engine,
  target: Target,
  tx: TenantTransaction,
  change: { entry: KnownChange; event?: EventRow; link?: LinkRow; now: Date },
): Promise<LinkId | undefined> {
  const { entry, now } = change;
  const event = change.event ?? (await lockEvent(tx, entry.link.event_id));
  if (!event) return undefined;
  if (entry.kind === 'twin') {
    const { calendar_id: calendarId, connection_id: connectionId } = target.job;
    const moved = isMoved(target, entry) && (await moveLink(tx, entry.link.id, calendarId));
    if (moved) {
      const news = { entry: { ...entry, kind: 'event' as const }, event, link: moved, now };
      return takeChange(engine, target, tx, news);
    }
    const link = await adoptEntry(
      tx,
      entry.event,
      { eventId: event.id, calendarId, connectionId, part: partOf(entry.link) },
      { now, newId: engine.runtime.newId },
    );
    await decideOrMarkDue(engine, target, tx, { event, link }, now);
    return link.id;
  }
  const { link: locked } = change;
  if (!locked || (locked.state === 'closed' && entry.kind !== 'returned')) return undefined;
  const learnt = changesOf(target, locked, entry);
  const link = { ...locked, ...learnt };
  if (entry.kind === 'event') await passOnNews(tx, locked, entry.event.fields, now);
  // What may delete something waits until all that would is known and counted.
  const mustWait = entry.kind === 'removed' || link.is_stale;
  if (mustWait || link.state === 'refused') await changeLink(tx, locked, learnt, now);
  if (mustWait) await markDue(tx, [link.id], now);
  else if (link.state !== 'refused') {
    await decideOrMarkDue(engine, target, tx, { event, link, learnt }, now);
  }
  return link.id;
}

const partOf = ({ copy_id, part }: FeedLink) => (copy_id === null ? null : part);

/** The same copy, not another one of the meeting. */
function isMoved(
  { job, provider }: Target,
  { link, event }: Extract<KnownChange, { kind: 'twin' }>,
): boolean {
  if (!provider.capabilities.isIdInOneCalendar || link.isClosed) return false;
  return link.connection_id === job.connection_id && link.external_id === event.externalId;
}

function changesOf({ provider }: Target, link: LinkRow, change: KnownChange): LinkChanges {
  switch (change.kind) {
    case 'event': {
      const learnt = learn(link, change.event, 'look', provider);
      return link.state === 'refused'
        ? { ...learnt, state: 'pending', state_reason: null }
        : learnt;
    }
    case 'returned':
      // A listing can be older than what closed the link: the copy itself is asked.
      return { state: 'pending', state_reason: null, is_stale: true, is_remote_gone: true };
    case 'removed':
      return learnGone(link, 'update');
    case 'missing':
      return { is_stale: true };
    case 'unreadable':
      return setAside(change.reason);
    case 'twin':
      return {};
  }
}

/** Its etag is forgotten: what it becomes next is news. */
const setAside = (reason: string): LinkChanges => ({
  etag: null,
  state: 'refused',
  state_reason: reason,
  next_attempt_at: null,
});

async function decideOrMarkDue(
  engine: Engine,
  target: Target,
  tx: TenantTransaction,
  rows: Parameters<typeof decideLink>[3],
  now: Date,
): Promise<void> {
  const step = await decideLink(engine, target, tx, rows);
  if (step.kind !== 'done') await markDue(tx, [rows.link.id], now);
}

async function importNew(
  engine: Engine,
  target: Target,
  tx: TenantTransaction,
  entries: readonly RemoteEvent[],
  listing: Listing,
): Promise<void> {
  const { job, connection, provider } = target;
  const wanted = entries.filter((entry) => isWanted(entry, listing));
  if (wanted.length === 0) return;
  const othersOf = (entry: RemoteEvent) => listOthers(entry, connection);
  const leads = await findLeadsByEmail(tx, [...new Set(wanted.flatMap(othersOf))]);
  const { ingest } = await getImportPolicy(tx);
  const { runtime } = engine;
  const imports = wanted.flatMap((entry): Import[] => {
    const leadId = findLead(leads, othersOf(entry));
    if (leadId === null && ingest === 'with-lead') return [];
    return [
      {
        ...entry,
        eventId: runtime.newId() as EventId,
        linkId: runtime.newId() as LinkId,
        leadId,
        warning: entry.warnings[0] ?? null,
      },
    ];
  });
  await insertImports(
    tx,
    imports,
    {
      ownerId: connection.user_id as UserId,
      calendarId: job.calendar_id,
      connectionId: job.connection_id,
      generation: listing.generation ?? 0,
      provider: provider.name,
    },
    { now: new Date(runtime.now()), newId: runtime.newId },
  );
}

/** Addresses of everybody in a meeting but the account's own. */
export function listOthers(
  { fields, organizer }: RemoteEvent,
  { email }: { email: string },
): string[] {
  const own = email.toLowerCase();
  const guests = fields.attendees.map((guest) => guest.email);
  return [...guests, ...(organizer ? [organizer] : [])].filter((other) => other !== own);
}

/** Birthdays and working places are nobody's meetings; what is long over is not taken in. */
export function isWanted({ sort, fields }: RemoteEvent, { windowStart }: Listing): boolean {
  if (sort === 'birthday' || sort === 'working-location') return false;
  return getLastEnd(fields) > windowStart;
}

function findLead(leads: ReadonlyMap<string, LeadId>, emails: readonly string[]): LeadId | null {
  for (const email of emails) {
    const lead = leads.get(email);
    if (lead) return lead;
  }
  return null;
}
