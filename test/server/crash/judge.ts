import type { Mailbox } from '../../support/field.ts';
import type { Play } from './play.ts';

/** What people want of one event in the end. */
export interface Wanted {
  title: string;
  location?: string;
  /** Default: it lives. */
  here?: 'confirmed' | 'cancelled' | 'nowhere';
  /** Whether it is in the calendars: default as it is here. */
  isThere?: boolean;
  /** What its copies say; default `synced`. */
  copies?: string;
  /** Whether what is there is nobody's to follow any more. */
  isUnlinked?: boolean;
}

interface Found {
  id: string;
  text: string;
}

/** Looks at both sides as people do, and at what the database still means to do; answers in words. */
export async function judge(play: Play, wanted: readonly Wanted[]): Promise<string[]> {
  const mine = await listHere(play);
  const withStatus = (status: string) =>
    mine
      .filter((one) => one.status === status)
      .map(({ title, location }) => textOf(title, location));
  const wantedAs = (status: string) => wanted.filter(({ here = 'confirmed' }) => here === status);
  const complaints = [
    ...compare('the CRM', wantedAs('confirmed').map(toText), withStatus('confirmed')),
    ...compare('the CRM, cancelled,', wantedAs('cancelled').map(toText), withStatus('cancelled')),
  ];
  const found = await Promise.all(play.mailboxes.map((mailbox) => listThere(play, mailbox)));
  const wantedThere = wanted.filter(isWantedThere).map(toText);
  for (const [index, copies] of found.entries()) {
    const texts = copies.map(({ text }) => text);
    complaints.push(...compare(`account ${index}`, wantedThere, texts));
  }
  for (const one of wantedAs('confirmed')) {
    const event = mine.find(({ title, status }) => title === one.title && status === 'confirmed');
    complaints.push(...judgeCopies(one, event, found));
  }
  return [...complaints, ...(await findWaiting(play))];
}

const textOf = (title: string, location: string) => `${title} @ ${location}`;
const toText = ({ title, location = '' }: Wanted) => textOf(title, location);
const isWantedThere = ({ here = 'confirmed', isThere = here === 'confirmed' }: Wanted) => isThere;

function compare(place: string, wanted: readonly string[], found: readonly string[]): string[] {
  const [want, have] = [[...wanted].sort().join(', '), [...found].sort().join(', ')];
  return want === have ? [] : [`${place} has ${have || 'nothing'}, wanted is ${want || 'nothing'}`];
}

interface FoundHere {
  title: string;
  location: string;
  status: string;
  copies: { external_id: string | null; state: string }[];
}

async function listHere({ theatre, person, title }: Play): Promise<FoundHere[]> {
  return theatre.query<FoundHere>(
    `select title, location, status, coalesce((
       select json_agg(json_build_object('external_id', external_id, 'state', state))
       from event_links l where l.tenant_id = e.tenant_id and l.event_id = e.id
         and state <> 'closed'), '[]') as copies
     from calendar_events e
     where tenant_id = $1 and deleted_at is null and title like $2`,
    [person.tenantId, `%${title('')}`],
  );
}

/** Each live event is followed by one link to each of its copies, and to nothing else. */
function judgeCopies(
  wanted: Wanted,
  event: FoundHere | undefined,
  found: readonly (readonly Found[])[],
): string[] {
  if (!event) return [];
  const { copies: state = 'synced' } = wanted;
  const { copies } = event;
  const ids = found.flatMap((one) =>
    one.filter(({ text }) => text === toText(wanted)).map(({ id }) => id),
  );
  const linked = copies.map(({ external_id }) => external_id ?? '');
  const isFollowed = isWantedThere(wanted) && !wanted.isUnlinked;
  const wrong = isFollowed ? compare(`links of ${wanted.title}:`, ids, linked) : [];
  const strange = copies.filter((one) => one.state !== state);
  return [
    ...wrong,
    ...strange.map((one) => `${wanted.title}: a copy is ${one.state}, not ${state}`),
  ];
}

/** What is in an account's calendars, as its owner sees it. */
async function listThere(play: Play, mailbox: Mailbox): Promise<Found[]> {
  const isGoogle = mailbox.provider === 'google';
  const first = isGoogle ? '/calendar/v3/calendars/primary' : '/v1.0/me';
  const paths = mailbox === play.mailbox ? [first, ...play.calendars] : [first];
  const pages = await Promise.all(
    paths.map((path) =>
      mailbox.there.call('GET', `${path}/events?${isGoogle ? 'maxResults=2500' : '$top=500'}`),
    ),
  );
  return pages
    .flatMap((page) => page[isGoogle ? 'items' : 'value'] as Record<string, unknown>[])
    .map((raw) => ({ id: String(raw['id']), title: titleOf(raw), raw }))
    .filter(({ title }) => play.isMine(title))
    .map(({ id, title, raw }) => ({ id, text: textOf(title, readPlace(raw)) }));
}

const titleOf = (raw: Record<string, unknown>) => String(raw['summary'] ?? raw['subject'] ?? '');

function readPlace({ location }: Record<string, unknown>): string {
  if (typeof location === 'string') return location;
  return (location as { displayName?: string } | undefined)?.displayName ?? '';
}

/** Nothing is due, held, or of unknown outcome, and every look that was asked for was made. */
export async function findWaiting({ theatre, person }: Play): Promise<string[]> {
  const rows = await theatre.query<{ what: string }>(
    `select 'a copy is ' || state || ', sent ' || coalesce(sent->>'kind', 'nothing') as what
       from event_links where tenant_id = $1 and state <> 'closed'
       and (next_attempt_at is not null or sent is not null or is_stale)
     union all select 'a job is held' from jobs where tenant_id = $1 and locked_by is not null
     union all select 'a job is due' from jobs where tenant_id = $1 and run_at <= now()
     union all select 'a look is owed to ' || c.name from calendars c
       join calendar_integrations i on i.tenant_id = c.tenant_id and i.id = c.connection_id
       where c.tenant_id = $1 and pull_requested > pull_done and direction in ('in', 'both')
       and i.state = 'active'
     union all select 'a calendar is still being listed' from calendars
       where tenant_id = $1 and full_pull is not null`,
    [person.tenantId],
  );
  return rows.map(({ what }) => what);
}
