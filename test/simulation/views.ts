import type { TimeZone, When } from '../../src/calendar/event.ts';
import type { Values } from './memory.ts';
import { callAs, type Side, type World } from './world.ts';

/** One event as it stands somewhere, in the judge's words. */
export interface Seen {
  /** The provider's id, or the CRM's. */
  id: string;
  mark: string;
  values: Values;
}

/** Of a series and all that comes of it; other marks are those of single events. */
export const isOfSeries = (mark: string): boolean => mark.startsWith('s');

const markOf = (title: string) => /^\[(\w+)\]/.exec(title)?.[1] ?? title;

type Raw = Record<string, unknown>;
const text = (value: unknown) => (typeof value === 'string' ? value : '');

/** All live events of a provider's calendar, read and put into words without any code of ours. */
export async function seeThere(world: World, side: Side): Promise<Seen[]> {
  const { email } = world.places.find((place) => place.side === side) ?? { email: '' };
  const path =
    side === 'google'
      ? '/calendar/v3/calendars/primary/events?maxResults=2500'
      : '/v1.0/me/events?$top=999';
  const answer = await callAs(world.sandbox, side, email, 'GET', path);
  const items = (answer[side === 'google' ? 'items' : 'value'] ?? []) as Raw[];
  const read = readerOf(side);
  return items.filter(isSingle).map(read);
}

/** Neither a series nor one of its occurrences. */
const isSingle = ({ type, status, recurrence, recurringEventId }: Raw) =>
  status !== 'cancelled' && !recurrence && !recurringEventId && type !== 'seriesMaster';

const readerOf = (side: Side) => (side === 'google' ? readGoogle : readGraph);

export function readGoogle(item: Raw): Seen {
  const [start, end] = [item['start'], item['end']] as Record<string, string>[];
  const title = text(item['summary']);
  return {
    id: text(item['id']),
    mark: markOf(title),
    values: {
      title,
      location: text(item['location']),
      notes: unescape(text(item['description'])),
      when: start?.['date']
        ? `${start['date']} to ${end?.['date']}`
        : `${toUtc(start?.['dateTime'])} to ${toUtc(end?.['dateTime'])}`,
      showAs: item['transparency'] === 'transparent' ? 'free' : 'busy',
    },
  };
}

/** Google keeps notes as HTML. */
const unescape = (html: string) =>
  html.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');

export function readGraph(item: Raw): Seen {
  const [start, end] = [item['start'], item['end']] as Record<string, string>[];
  const title = text(item['subject']);
  const body = text((item['body'] as Raw | undefined)?.['content']);
  const isAllDay = item['isAllDay'] === true;
  const time = (moment: Record<string, string> | undefined) =>
    isAllDay ? moment?.['dateTime']?.slice(0, 10) : toUtc(`${moment?.['dateTime']?.slice(0, 19)}Z`);
  return {
    id: text(item['id']),
    mark: markOf(title),
    values: {
      title,
      location: text((item['location'] as Raw | undefined)?.['displayName']),
      notes: body.replaceAll('\r\n', '\n').replace(/\n+$/, ''),
      when: `${time(start)} to ${time(end)}`,
      showAs: text(item['showAs']) === 'oof' ? 'out' : text(item['showAs']),
    },
  };
}

const toUtc = (time: string | undefined) => new Date(time ?? '').toISOString().slice(0, 16);

/** An event of the CRM, and how it stands with its copies. */
export interface SeenHere extends Seen {
  isLive: boolean;
  isDeleted: boolean;
  version: number;
  links: SeenLink[];
  /** Of an occurrence that is an event of its own: its series, and the start that the rule gives it. */
  seriesId: string | null;
  originalStart: string | null;
  when: When;
  /** Lines of RFC 5545; null for what does not recur. */
  lines: string[] | null;
}

export interface SeenLink {
  id: string;
  side: Side;
  externalId: string | null;
  state: string;
  reason: string | null;
  isRevived: boolean;
  nextAttemptAt: Date | null;
  /** Of an exception: it is an event by itself there, and not one of a series. */
  isByItself: boolean;
  /** Not null where it may be one of several that are one copy. */
  copyId: string | null;
  sent: unknown;
  conflict: { unit: string; lost: unknown }[] | null;
}

/** All events of the tenant's, straight from the tables. */
export async function seeHere(world: World): Promise<SeenHere[]> {
  const { rows } = await world.admin.query<Raw>(
    `select e.*, coalesce((select json_agg(json_build_object('id', l.id, 'connection', l.connection_id,
       'external_id', l.external_id, 'state', l.state, 'reason', l.state_reason, 'is_revived', l.is_revived, 'sent', l.sent,
       'next_attempt_at', l.next_attempt_at, 'series_form', l.series_form, 'conflict', l.conflict, 'copy_id', l.copy_id)) from event_links l
       where l.tenant_id = e.tenant_id and l.event_id = e.id), '[]') as links,
       to_char(e.start_date, 'YYYY-MM-DD') as first_day, to_char(e.end_date, 'YYYY-MM-DD') as last_day,
       to_char(e.start_local, 'YYYY-MM-DD"T"HH24:MI:SS') as first_time,
       to_char(e.end_local, 'YYYY-MM-DD"T"HH24:MI:SS') as last_time
     from calendar_events e where e.tenant_id = $1 order by e.id`,
    [world.tenantId],
  );
  return rows.map((row) => {
    const title = text(row['title']);
    const links = row['links'] as Raw[];
    return {
      id: text(row['id']),
      mark: markOf(title),
      isLive: row['deleted_at'] === null && row['status'] === 'confirmed',
      isDeleted: row['deleted_at'] !== null,
      seriesId: (row['series_id'] as string | null) ?? null,
      originalStart: (row['original_start'] as string | null) ?? null,
      when: whenOf(row),
      lines: linesHere(row['recurrence'] as Recurrence | null),
      version: Number(row['version']),
      values: {
        title,
        location: text(row['location']),
        notes: text(row['description']),
        when: row['is_all_day']
          ? `${text(row['first_day'])} to ${text(row['last_day'])}`
          : `${iso(row['starts_at'])} to ${iso(row['ends_at'])}`,
        showAs: showAsWords[text(row['show_as'])] ?? text(row['show_as']),
      },
      links: links.map((link) => ({
        id: text(link['id']),
        side:
          world.places.find(({ connectionId }) => connectionId === link['connection'])?.side ??
          'google',
        externalId: (link['external_id'] as string | null) ?? null,
        state: text(link['state']),
        reason: (link['reason'] as string | null) ?? null,
        isRevived: link['is_revived'] === true,
        nextAttemptAt: link['next_attempt_at'] ? new Date(text(link['next_attempt_at'])) : null,
        isByItself: link['series_form'] === 'by-itself',
        copyId: (link['copy_id'] as string | null) ?? null,
        sent: link['sent'],
        conflict: (link['conflict'] as SeenLink['conflict']) ?? null,
      })),
    };
  });
}

function whenOf(row: Raw): When {
  const [start, end] = [text(row['first_time']), text(row['last_time'])];
  return row['is_all_day']
    ? { kind: 'all-day', startDate: text(row['first_day']), endDate: text(row['last_day']) }
    : { kind: 'timed', start, end, timeZone: text(row['time_zone']) as TimeZone };
}

type Recurrence = Record<'rules' | 'exrules' | 'rdates' | 'exdates', string[]>;

function linesHere(recurrence: Recurrence | null): string[] | null {
  if (!recurrence) return null;
  const { rules, exrules, rdates, exdates } = recurrence;
  const dates = (name: string, starts: string[]) =>
    starts.map((start) => `${name}:${start.replaceAll(/[-:]/g, '')}`);
  return [
    ...rules.map((rule) => `RRULE:${rule}`),
    ...exrules.map((rule) => `EXRULE:${rule}`),
    ...dates('RDATE', rdates),
    ...dates('EXDATE', exdates),
  ];
}

const showAsWords: Record<string, string> = {
  'out-of-office': 'out',
  'working-elsewhere': 'workingElsewhere',
};

const iso = (value: unknown) => (value as Date).toISOString().slice(0, 16);
