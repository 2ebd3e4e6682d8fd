-- Every table starts with tenant_id, is keyed by (tenant_id, id) and has row-level security enabled
-- and forced at the foot of this file. Roles: {app} serves requests and jobs within one tenant;
-- {system} may cross tenants for what its policies name, and nothing else.

create table tenants (
  tenant_id uuid primary key,
  name text not null,
  created_at timestamptz not null
);

create table users (
  tenant_id uuid not null references tenants on delete cascade,
  id uuid not null,
  email text not null,
  name text not null,
  role text not null check (role in ('member', 'admin')),
  time_zone text not null default 'UTC',
  disabled_at timestamptz,
  created_at timestamptz not null,
  primary key (tenant_id, id)
);
-- One person, one tenant: the address signs in, and must lead to one place.
create unique index users_by_email on users (lower(email));

create table leads (
  tenant_id uuid not null references tenants on delete cascade,
  id uuid not null,
  owner_id uuid not null,
  name text not null,
  company text not null default '',
  email text not null default '',
  phone text not null default '',
  created_at timestamptz not null,
  primary key (tenant_id, id),
  foreign key (tenant_id, owner_id) references users
);
create index leads_by_name on leads (tenant_id, lower(name), id);

-- One user's grant at one provider ("connection"). Tokens are sealed before they get here.
create table calendar_integrations (
  tenant_id uuid not null references tenants on delete cascade,
  id uuid not null,
  user_id uuid not null,
  provider text not null check (provider in ('GOOGLE', 'OUTLOOK')),
  account_id text not null,
  email text not null,
  access_token text,
  refresh_token text,
  token_expires_at timestamptz,
  -- Counts refreshes, so that who waited for one can tell that it happened.
  token_version int not null default 0,
  refresh_locked_until timestamptz,
  granted_scopes text[] not null default '{}',
  is_active boolean not null default true,
  sync_enabled boolean not null default true,
  state text not null check (state in ('active', 'needs_reconnect', 'misconfigured', 'disconnected')),
  state_reason text,
  state_since timestamptz not null,
  last_synced_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (tenant_id, id),
  foreign key (tenant_id, user_id) references users on delete cascade,
  unique (tenant_id, user_id, provider, account_id)
);

create table oauth_states (
  tenant_id uuid not null references tenants on delete cascade,
  id uuid not null,
  user_id uuid not null,
  provider text not null,
  -- SHA-256 of the state and of the session it was asked in, in hex.
  state_hash text not null,
  session_hash text not null,
  code_verifier text not null,
  nonce text not null,
  -- The connection to be reconnected, where it was asked for.
  connection_id uuid,
  expires_at timestamptz not null,
  used_at timestamptz,
  primary key (tenant_id, id),
  foreign key (tenant_id, user_id) references users on delete cascade,
  unique (tenant_id, state_hash)
);

create table calendars (
  tenant_id uuid not null references tenants on delete cascade,
  id uuid not null,
  connection_id uuid not null,
  external_id text not null,
  name text not null,
  time_zone text,
  is_primary boolean not null,
  can_write boolean not null,
  -- Where this connection's CRM events go; one per connection.
  is_write_target boolean not null default false,
  state text not null default 'active' check (state in ('active', 'paused', 'removed')),
  state_reason text,
  created_at timestamptz not null,
  primary key (tenant_id, id),
  foreign key (tenant_id, connection_id) references calendar_integrations on delete cascade,
  unique (tenant_id, connection_id, external_id)
);
create unique index calendars_write_target on calendars (tenant_id, connection_id) where is_write_target;

create table calendar_events (
  tenant_id uuid not null references tenants on delete cascade,
  id uuid not null,
  lead_id uuid,
  owner_id uuid not null,
  title text not null,
  description text not null default '',
  location text not null default '',
  -- Either dates (end exclusive) or wall-clock times in an IANA zone: the truth.
  is_all_day boolean not null,
  start_date date,
  end_date date,
  start_local timestamp,
  end_local timestamp,
  time_zone text,
  -- Derived from the above, for queries only.
  starts_at timestamptz not null,
  ends_at timestamptz not null,
  visibility text not null,
  show_as text not null,
  recurrence jsonb,
  exceptions jsonb,
  attendees jsonb,
  status text not null default 'confirmed' check (status in ('confirmed', 'cancelled')),
  -- Set when the CRM deleted it; the row stays until every copy is gone, then for the history.
  deleted_at timestamptz,
  -- For the host CRM's convenience; the links are the truth.
  google_event_id text,
  outlook_event_id text,
  last_synced_at timestamptz,
  version int not null default 1,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (tenant_id, id),
  foreign key (tenant_id, lead_id) references leads on delete set null (lead_id),
  foreign key (tenant_id, owner_id) references users,
  check (
    (is_all_day and start_date < end_date and start_local is null and end_local is null and time_zone is null)
    or (not is_all_day and start_local <= end_local and time_zone is not null
      and start_date is null and end_date is null)
  )
);
create index calendar_events_by_lead on calendar_events (tenant_id, lead_id, starts_at);
create index calendar_events_by_start on calendar_events (tenant_id, starts_at);
create index calendar_events_by_owner on calendar_events (tenant_id, owner_id, ends_at);

-- One event <-> one remote copy.
create table event_links (
  tenant_id uuid not null references tenants on delete cascade,
  id uuid not null,
  event_id uuid not null,
  connection_id uuid not null,
  calendar_id uuid not null,
  external_id text,
  ical_uid text,
  etag text,
  -- The fields last seen at the provider; null when never seen, or gone.
  remote jsonb,
  -- Whether the copy is known to be gone there.
  is_remote_gone boolean not null default false,
  -- Whether what was last seen is known to be out of date.
  is_stale boolean not null default false,
  -- Per merge unit the pair last agreed on: {"title": {"local": …, "remote": …}}.
  base jsonb,
  -- What was last tried and is not known to have ended: {"kind": …, "fields": …}.
  sent jsonb,
  -- Losing values of conflicts, waiting for a person.
  conflict jsonb,
  state text not null check (state in
    ('pending', 'syncing', 'synced', 'conflict', 'detached', 'paused', 'needs_reconnect', 'rate_limited',
     'retrying', 'refused', 'closed')),
  state_reason text,
  state_since timestamptz not null,
  -- The write cannot succeed before the event changes: {"version": …}. Null while all is well.
  refused_version int,
  attempts int not null default 0,
  next_attempt_at timestamptz,
  last_synced_at timestamptz,
  created_at timestamptz not null,
  primary key (tenant_id, id),
  foreign key (tenant_id, event_id) references calendar_events on delete cascade,
  foreign key (tenant_id, connection_id) references calendar_integrations on delete cascade,
  foreign key (tenant_id, calendar_id) references calendars on delete cascade
);
create unique index event_links_one_per_calendar on event_links (tenant_id, event_id, calendar_id)
  where state <> 'closed';
create index event_links_due on event_links (tenant_id, calendar_id, next_attempt_at)
  where next_attempt_at is not null;

create table event_history (
  tenant_id uuid not null references tenants on delete cascade,
  id uuid not null,
  event_id uuid not null,
  at timestamptz not null,
  -- A user's edit has user_id; a change that came from a calendar has connection_id.
  user_id uuid,
  connection_id uuid,
  change text not null check (change in ('created', 'updated', 'deleted', 'cancelled', 'restored')),
  before jsonb,
  after jsonb,
  primary key (tenant_id, id),
  foreign key (tenant_id, event_id) references calendar_events on delete cascade
);
create index event_history_by_event on event_history (tenant_id, event_id, at);

-- "Look at this calendar". One row per kind and calendar: asking twice is asking once.
create table jobs (
  tenant_id uuid not null references tenants on delete cascade,
  id uuid not null,
  kind text not null,
  connection_id uuid not null,
  calendar_id uuid not null,
  run_at timestamptz not null,
  -- The provider asked for a wait: no request makes the job due before this.
  not_before timestamptz,
  -- Grows with each request; a run that ends with an older number is due again at once.
  requested int not null default 1,
  attempts int not null default 0,
  last_error text,
  locked_by uuid,
  locked_until timestamptz,
  -- Grows with each claim: a stalled worker's number is older than its successor's.
  fence bigint not null default 0,
  primary key (tenant_id, id),
  foreign key (tenant_id, connection_id) references calendar_integrations on delete cascade,
  foreign key (tenant_id, calendar_id) references calendars on delete cascade,
  unique (tenant_id, kind, calendar_id)
);
create index jobs_due on jobs (run_at);
-- One job at a time per connection.
create unique index jobs_one_running on jobs (tenant_id, connection_id) where locked_by is not null;

-- What is private is the owner's: a colleague's reading gets "Busy", already from here.
-- The invoker's rights and the tables' policies apply.
create view visible_events with (security_invoker = true) as
select
  e.tenant_id, e.id, e.owner_id, e.is_all_day, e.start_date, e.end_date, e.start_local, e.end_local,
  e.time_zone, e.starts_at, e.ends_at, e.visibility, e.show_as, e.status, e.deleted_at, e.version,
  e.created_at, e.updated_at, e.last_synced_at,
  p.is_hidden,
  case when p.is_hidden then null else e.lead_id end as lead_id,
  case when p.is_hidden then 'Busy' else e.title end as title,
  case when p.is_hidden then '' else e.description end as description,
  case when p.is_hidden then '' else e.location end as location,
  case when p.is_hidden then null else e.recurrence end as recurrence,
  case when p.is_hidden then null else e.attendees end as attendees,
  case when p.is_hidden then null else e.google_event_id end as google_event_id,
  case when p.is_hidden then null else e.outlook_event_id end as outlook_event_id
from calendar_events e
cross join lateral (
  select e.visibility in ('private', 'confidential')
    and e.owner_id is distinct from nullif(current_setting('app.user_id', true), '')::uuid as is_hidden
) p;

do $$
declare t text;
begin
  foreach t in array array['tenants', 'users', 'leads', 'calendar_integrations', 'oauth_states', 'calendars',
    'calendar_events', 'event_links', 'event_history', 'jobs']
  loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format($p$create policy within_tenant on %I to {app}
      using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)$p$, t);
    execute format('grant select, insert, update, delete on %I to {app}', t);
  end loop;
end $$;
-- History is written once and read; only the end of its event or tenant removes it.
revoke update, delete on event_history from {app};
revoke delete on tenants, users from {app};
grant select on visible_events to {app};

-- What crosses tenants (src/store/tenant.ts, asSystem): claiming jobs, re-sealing tokens, setting up.
create policy across_tenants on jobs to {system} using (true);
grant select, update on jobs to {system};
create policy across_tenants on calendar_integrations to {system} using (true);
grant select (tenant_id, id, access_token, refresh_token), update (access_token, refresh_token)
  on calendar_integrations to {system};
create policy across_tenants on tenants to {system} using (true);
create policy across_tenants on users to {system} using (true);
grant select, insert on tenants, users to {system};
