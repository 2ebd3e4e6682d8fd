import type { ColumnType, Selectable } from 'kysely';
import type {
  Answers,
  Attendee,
  EventFields,
  GuestAnswer,
  MergeUnit,
  OwnAnswer,
} from '../calendar/event.ts';
import type {
  CalendarId,
  ChannelId,
  ConnectionId,
  EventId,
  LeadId,
  LinkId,
  TenantId,
  UserId,
} from '../calendar/ids.ts';
import type { OriginalStart, Recurrence } from '../calendar/recurrence.ts';
import type { Base, Conflict, FormerEntry, Sent, Side } from '../sync/link.ts';

type Instant = ColumnType<Date, Date, Date>;
type InstantOrNull = ColumnType<Date | null, Date | null | undefined, Date | null>;
type Default<T> = ColumnType<T, T | undefined, T>;
/** Read as parsed JSON; written through `toJson`. */
type Json<T> = ColumnType<T | null, string | null | undefined, string | null>;

export interface TenantsTable {
  tenant_id: TenantId;
  name: string;
  import_days_back: Default<number>;
  import_days_ahead: Default<number>;
  ingest: Default<'all' | 'with-lead'>;
  disconnect_copies: Default<'keep' | 'delete'>;
  zone_data: Default<string | null>;
  created_at: Instant;
}

export interface UsersTable {
  tenant_id: TenantId;
  id: UserId;
  email: string;
  name: string;
  role: 'member' | 'admin';
  time_zone: Default<string>;
  disabled_at: InstantOrNull;
  created_at: Instant;
}

export interface LeadsTable {
  tenant_id: TenantId;
  id: LeadId;
  owner_id: UserId;
  name: string;
  company: Default<string>;
  email: Default<string>;
  phone: Default<string>;
  created_at: Instant;
}

export type ConnectionState = 'active' | 'needs_reconnect' | 'misconfigured' | 'disconnected';

export interface CalendarIntegrationsTable {
  tenant_id: TenantId;
  id: ConnectionId;
  user_id: UserId;
  provider: 'GOOGLE' | 'OUTLOOK';
  account_id: string;
  email: string;
  access_token: string | null;
  refresh_token: string | null;
  token_expires_at: InstantOrNull;
  token_version: Default<number>;
  refresh_locked_until: InstantOrNull;
  granted_scopes: Default<string[]>;
  is_active: Default<boolean>;
  sync_enabled: Default<boolean>;
  state: ConnectionState;
  state_reason: string | null;
  state_since: Instant;
  last_synced_at: InstantOrNull;
  first_sync_at: InstantOrNull;
  /** When how many units of the provider's quota were used: `[milliseconds, units]`. */
  pace: Json<[number, number][]>;
  created_at: Instant;
  updated_at: Instant;
}

export interface OauthStatesTable {
  tenant_id: TenantId;
  id: string;
  user_id: UserId;
  provider: 'GOOGLE' | 'OUTLOOK';
  state_hash: string;
  session_hash: string;
  code_verifier: string;
  nonce: string;
  connection_id: ConnectionId | null;
  expires_at: Instant;
  used_at: InstantOrNull;
}

export interface CalendarsTable {
  tenant_id: TenantId;
  id: CalendarId;
  connection_id: ConnectionId;
  external_id: string;
  name: string;
  time_zone: string | null;
  is_primary: boolean;
  can_write: boolean;
  is_write_target: Default<boolean>;
  state: Default<'active' | 'paused' | 'removed'>;
  state_reason: Default<string | null>;
  direction: Default<Direction>;
  sync_token: Default<string | null>;
  window_start: InstantOrNull;
  window_end: InstantOrNull;
  pull_requested: Default<number>;
  pull_done: Default<number>;
  next_pull_at: InstantOrNull;
  last_pulled_at: InstantOrNull;
  last_change_at: InstantOrNull;
  generation: Default<number>;
  full_pull: Json<FullPull>;
  next_full_pull_at: InstantOrNull;
  rebuild_not_before: InstantOrNull;
  brake: Json<Brake>;
  watch_problem: Default<string | null>;
  watch_retry_at: InstantOrNull;
  asked_at: InstantOrNull;
  created_at: Instant;
}

/** Which way events go between the CRM and a calendar. */
export type Direction = 'none' | 'both' | 'in' | 'out';

/** A whole listing under way. Instants are ISO texts, since it lies in JSON. */
export interface FullPull {
  generation: number;
  /** Of the next page; null before the first. */
  pageToken: string | null;
  startedAt: string;
  windowStart: string;
  windowEnd: string;
}

/** A run that would have deleted too much has stopped, and a person is asked. */
export interface Brake {
  count: number;
  total: number;
  since: string;
  /** What the person said: delete them all after all, or keep them. Null while nobody has. */
  decision: 'delete' | 'keep' | null;
}

export interface CalendarEventsTable {
  tenant_id: TenantId;
  id: EventId;
  lead_id: LeadId | null;
  owner_id: UserId;
  title: string;
  description: Default<string>;
  location: Default<string>;
  is_all_day: boolean;
  /** `YYYY-MM-DD`: the pool reads dates and local timestamps as text (src/store/pool.ts). */
  start_date: string | null;
  end_date: string | null;
  /** `YYYY-MM-DDTHH:MM:SS`. */
  start_local: string | null;
  end_local: string | null;
  time_zone: string | null;
  starts_at: Instant;
  ends_at: Instant;
  visibility: EventFields['visibility'];
  show_as: EventFields['showAs'];
  recurrence: Json<Recurrence>;
  attendees: Json<Attendee[]>;
  /** Of an exception: the series that it is of, and which occurrence it is. */
  series_id: Default<EventId | null>;
  original_start: Default<OriginalStart | null>;
  /** Of what keeps a date's place in its series empty: the event that the date is by now. */
  stands_alone_as: Default<EventId | null>;
  /** The series that this one was split from. */
  split_from: Default<EventId | null>;
  ended_with_series: Default<boolean>;
  /** Its owner's connections that it was kept out of when it was planned. */
  left_out_of: Default<ConnectionId[]>;
  status: Default<'confirmed' | 'cancelled'>;
  deleted_at: InstantOrNull;
  google_event_id: Default<string | null>;
  outlook_event_id: Default<string | null>;
  last_synced_at: InstantOrNull;
  version: Default<number>;
  created_at: Instant;
  updated_at: Instant;
}

export const linkStates = [
  'pending',
  'syncing',
  'synced',
  'conflict',
  'detached',
  'paused',
  'needs_reconnect',
  'rate_limited',
  'retrying',
  'refused',
  'closed',
] as const;
export type LinkState = (typeof linkStates)[number];

export interface EventLinksTable {
  tenant_id: TenantId;
  id: LinkId;
  event_id: EventId;
  connection_id: ConnectionId;
  calendar_id: CalendarId;
  external_id: string | null;
  ical_uid: string | null;
  etag: string | null;
  remote: Json<EventFields>;
  is_remote_gone: Default<boolean>;
  is_stale: Default<boolean>;
  base: Json<Base>;
  sent: Json<Sent>;
  conflict: Json<Conflict[]>;
  state: LinkState;
  state_reason: string | null;
  state_since: Instant;
  refused_version: number | null;
  attempts: Default<number>;
  next_attempt_at: InstantOrNull;
  last_synced_at: InstantOrNull;
  origin: Default<Side>;
  can_edit: Default<boolean>;
  organizer: Default<string | null>;
  seen_generation: Default<number>;
  is_revived: Default<boolean>;
  shows: Default<'all' | 'busy'>;
  warning: Default<string | null>;
  carries_guests: Default<boolean>;
  is_silent: Default<boolean>;
  answers: Json<Answers>;
  own_answer: Default<GuestAnswer | null>;
  wanted_answer: Default<OwnAnswer | null>;
  created_at: Instant;
  /**
   * Of an exception's copy: when its series recurred there as its base was made; `BY_ITSELF` where it is
   * an event by itself there.
   */
  series_form: Default<string | null>;
  /** Of an exception's copy: the entries that it had there before it began anew, newest last. */
  former_entries: Json<FormerEntry[]>;
  /** What our deletion was for which had no answer when its event was restored: it may have arrived, or may yet. */
  late_deletion_etag: Default<string | null>;
  /** Where a calendar holds a series as several of its own: shared by the links that are one copy. */
  copy_id: Default<string | null>;
  /** Which of them it is, from 0; of a date that is there by itself, see `numberOf`. */
  part: Default<number>;
}

export interface EventHistoryTable {
  tenant_id: TenantId;
  id: string;
  event_id: EventId;
  at: Instant;
  user_id: UserId | null;
  connection_id: ConnectionId | null;
  change: 'created' | 'updated' | 'deleted' | 'cancelled' | 'restored' | 'conflict';
  before: Json<Partial<Record<MergeUnit, unknown>>>;
  after: Json<Partial<Record<MergeUnit, unknown>>>;
  undoes: Default<string | null>;
}

export interface ChannelsTable {
  tenant_id: TenantId;
  id: ChannelId;
  connection_id: ConnectionId;
  calendar_id: CalendarId;
  external_id: string | null;
  resource_id: string | null;
  secret_hash: string;
  state: 'opening' | 'live' | 'stopping';
  expires_at: InstantOrNull;
  renew_at: InstantOrNull;
  created_at: Instant;
  last_notified_at: InstantOrNull;
}

export interface SyncRunsTable {
  tenant_id: TenantId;
  id: string;
  connection_id: ConnectionId;
  calendar_id: CalendarId;
  started_at: Instant;
  ended_at: Instant;
  calls: Default<number>;
  changes_in: Default<number>;
  changes_out: Default<number>;
  conflicts: Default<number>;
  errors: Default<number>;
  error: string | null;
}

export interface UnreadableItemsTable {
  tenant_id: TenantId;
  calendar_id: CalendarId;
  external_id: string;
  reason: string;
  since: Instant;
}

export const auditActions = [
  'connected',
  'reconnected',
  'disconnected',
  'started',
  'direction-changed',
  'write-target-changed',
  'brake-settled',
  'policies-changed',
  'change-undone',
] as const;

export interface AuditDetails {
  /** Which of several answers was given. */
  choice?: string;
  /** Of how many. */
  count?: number;
  changes?: { what: string; from: string | number | null; to: string | number | null }[];
  /** In which calendar. Its name is not kept: that is its owner's. */
  calendarId?: CalendarId;
}

export interface AuditEntriesTable {
  tenant_id: TenantId;
  id: string;
  at: Instant;
  user_id: UserId;
  action: (typeof auditActions)[number];
  account: string | null;
  provider: CalendarIntegrationsTable['provider'] | null;
  details: ColumnType<AuditDetails, string, never>;
}

export interface JobsTable {
  tenant_id: TenantId;
  id: string;
  kind: 'sync-calendar';
  connection_id: ConnectionId;
  calendar_id: CalendarId;
  run_at: Instant;
  not_before: InstantOrNull;
  requested: Default<number>;
  attempts: Default<number>;
  last_error: Default<string | null>;
  locked_by: string | null;
  locked_until: InstantOrNull;
  fence: Default<string>;
}

/** `calendar_events` as one user may see them: what is private is "Busy" to all but its owner. */
export interface VisibleEventsView extends CalendarEventsTable {
  is_hidden: boolean;
}

export interface OutageMailsTable {
  tenant_id: TenantId;
  connection_id: ConnectionId;
  id: string;
  since: Instant;
  attempts: Default<number>;
  next_attempt_at: InstantOrNull;
  locked_until: InstantOrNull;
  outcome: Default<'sent' | 'given-up' | 'over' | null>;
}

export interface Database {
  tenants: TenantsTable;
  users: UsersTable;
  leads: LeadsTable;
  calendar_integrations: CalendarIntegrationsTable;
  oauth_states: OauthStatesTable;
  calendars: CalendarsTable;
  calendar_events: CalendarEventsTable;
  event_links: EventLinksTable;
  event_history: EventHistoryTable;
  channels: ChannelsTable;
  jobs: JobsTable;
  sync_runs: SyncRunsTable;
  outage_mails: OutageMailsTable;
  audit_entries: AuditEntriesTable;
  unreadable_items: UnreadableItemsTable;
  visible_events: VisibleEventsView;
}

export type EventRow = Selectable<CalendarEventsTable>;
export type LinkRow = Selectable<EventLinksTable>;
export type ConnectionRow = Selectable<CalendarIntegrationsTable>;
export type CalendarRow = Selectable<CalendarsTable>;
export type ChannelRow = Selectable<ChannelsTable>;
export type SyncRunRow = Selectable<SyncRunsTable>;
export type AuditEntryRow = Selectable<AuditEntriesTable>;
export type LeadRow = Selectable<LeadsTable>;
export type UserRow = Selectable<UsersTable>;
