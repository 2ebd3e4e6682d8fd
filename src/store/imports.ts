import { sql } from 'kysely';
import type { Answers, EventFields, GuestAnswer } from '../calendar/event.ts';
import type { CalendarId, ConnectionId, EventId, LeadId, LinkId, UserId } from '../calendar/ids.ts';
import type { ConnectionRow } from './database.ts';
import { toAllColumns } from './event-fields.ts';
import { externalIdColumnOf, type Occasion } from './events.ts';
import { currentTenantId, type TenantTransaction } from './tenant.ts';

/** An entry that is to become an event of ours. */
export interface Import {
  eventId: EventId;
  linkId: LinkId;
  leadId: LeadId | null;
  fields: EventFields;
  externalId: string;
  etag: string;
  iCalUid: string | null;
  canEdit: boolean;
  organizer: string | null;
  answers: Answers;
  ownAnswer: GuestAnswer | null;
  warning: string | null;
}

/** Whose the events become, and where they came from. */
export interface ImportPlace {
  ownerId: UserId;
  calendarId: CalendarId;
  connectionId: ConnectionId;
  generation: number;
  provider: ConnectionRow['provider'];
}

/**
 * Makes events of a page's new entries, with their links and their history. One statement with one
 * parameter, however many they are; each one's fields go over once.
 */
export async function insertImports(
  tx: TenantTransaction,
  imports: readonly Import[],
  place: ImportPlace,
  { now, newId }: Occasion,
): Promise<void> {
  if (imports.length === 0) return;
  // The checks of foreign keys go on as they were planned when the tables were small, which is by
  // reading all of a tenant's events for each row, until somebody has them planned again.
  await sql`discard plans`.execute(tx);
  const page = imports.map((one) => ({
    event_id: one.eventId,
    link_id: one.linkId,
    history_id: newId(),
    lead_id: one.leadId,
    ...toAllColumns(one.fields),
    // They go over with the fields.
    attendees: undefined,
    recurrence: undefined,
    answers: one.answers,
    own_answer: one.ownAnswer,
    external_id: one.externalId,
    etag: one.etag,
    ical_uid: one.iCalUid,
    can_edit: one.canEdit,
    organizer: one.organizer,
    warning: one.warning,
    fields: one.fields,
  }));
  const { ownerId, calendarId, connectionId, generation } = place;
  const columns = sql`title, description, location, visibility, show_as, is_all_day, start_date,
    end_date, start_local, end_local, time_zone, starts_at, ends_at`;
  await sql`
    with page as (
      select * from json_to_recordset(${JSON.stringify(page)}::json) as (
        event_id uuid, link_id uuid, history_id uuid, lead_id uuid, title text, description text,
        location text, visibility text, show_as text, is_all_day boolean, start_date date,
        end_date date, start_local timestamp, end_local timestamp, time_zone text,
        starts_at timestamptz, ends_at timestamptz, answers jsonb, own_answer text, external_id text, etag text,
        ical_uid text, can_edit boolean, organizer text, warning text, fields jsonb)
    ), new_events as (
      insert into calendar_events (tenant_id, id, lead_id, owner_id, ${columns}, attendees, recurrence,
        ${sql.ref(externalIdColumnOf(place.provider))}, last_synced_at, created_at, updated_at)
      select ${currentTenantId}, event_id, lead_id, ${ownerId}, ${columns}, fields -> 'attendees',
        nullif(fields -> 'recurrence', 'null'),
        external_id, ${now}, ${now}, ${now} from page
    ), new_links as (
      insert into event_links (tenant_id, id, event_id, connection_id, calendar_id, external_id,
        ical_uid, etag, remote, base, state, state_since, last_synced_at, created_at, origin,
        can_edit, organizer, seen_generation, warning, carries_guests, answers,
        own_answer)
      select ${currentTenantId}, link_id, event_id, ${connectionId}, ${calendarId}, external_id,
        ical_uid, etag, fields, ${agreedOn}, 'synced', ${now}, ${now}, ${now}, 'remote', can_edit,
        organizer, ${generation}, warning, true, answers, own_answer from page)
    insert into event_history (tenant_id, id, event_id, at, connection_id, change, after)
    select ${currentTenantId}, history_id, event_id, ${now}, ${connectionId}, 'created', fields
    from page`.execute(tx);
}

/** The base of two sides that both say `fields`: see `agreeOnAnswer`. */
const agreedOn = sql`(
  select jsonb_object_agg(key, jsonb_build_object('local', value, 'remote', value))
  from jsonb_each(fields))`;
