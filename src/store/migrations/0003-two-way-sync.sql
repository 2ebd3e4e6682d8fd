-- Two-way sync: what is read of each calendar, channels that ring when it changes, runs and their counts.

alter table tenants
  -- How far back an import reaches, in days; how far ahead a listing with a window looks.
  add column import_days_back int not null default 90 check (import_days_back between 0 and 3650),
  add column import_days_ahead int not null default 400 check (import_days_ahead between 30 and 1825),
  -- What is stored at all: everything, or only meetings with a known lead.
  add column ingest text not null default 'all' check (ingest in ('all', 'with-lead'));

alter table calendar_integrations
  -- When the user, having seen the preview, let events come in and older ones go out.
  add column first_sync_at timestamptz,
  -- What was used of the provider's quota lately: [[instant in ms, units], …].
  add column pace jsonb;
update calendar_integrations set first_sync_at = created_at;

alter table calendars
  -- Which way events go: not at all, both ways, only in from the provider, only out to it.
  add column direction text not null default 'none' check (direction in ('none', 'both', 'in', 'out')),
  -- Bookmark in the change feed; null: the whole calendar has to be listed.
  add column sync_token text,
  -- What the feed covers, where the provider wants a window.
  add column window_start timestamptz,
  add column window_end timestamptz,
  -- Grows with each request to look; a pull that began at an older number is followed by another.
  add column pull_requested int not null default 0,
  add column pull_done int not null default 0,
  add column next_pull_at timestamptz,
  add column last_pulled_at timestamptz,
  add column last_change_at timestamptz,
  -- Number of the last whole listing; links carry the number of the last one that showed them.
  add column generation int not null default 0,
  -- A whole listing under way: {"generation", "pageToken", "startedAt", "windowStart", "windowEnd"}.
  add column full_pull jsonb,
  -- When the next whole listing is due, and before when none is made because the feed ended again.
  add column next_full_pull_at timestamptz,
  add column rebuild_not_before timestamptz,
  -- A run that would delete too much has stopped: {"count", "total", "since", "decision"}.
  add column brake jsonb,
  -- Why no channel rings for it: null while one does, or none is wanted.
  add column watch_problem text,
  add column watch_retry_at timestamptz,
  -- Asked for by a person: progress is shown until this run has ended.
  add column asked_at timestamptz;
update calendars set direction = 'both' where is_write_target;

alter table event_links
  -- Where the event was made: that side wins where both changed the same.
  add column origin text not null default 'local' check (origin in ('local', 'remote')),
  -- Whether we may write it there; else whose meeting it is.
  add column can_edit boolean not null default true,
  add column organizer text,
  add column seen_generation int not null default 0,
  -- Deleted here after it was changed there, and kept in both: a person is asked.
  add column is_revived boolean not null default false,
  -- A mirror of an event from another calendar may show nothing but that its owner is busy.
  add column shows text not null default 'all' check (shows in ('all', 'busy')),
  -- What could not be read exactly, in plain words.
  add column warning text;
create unique index event_links_by_external_id on event_links (tenant_id, calendar_id, external_id)
  where external_id is not null and state <> 'closed';
create index event_links_closed on event_links (tenant_id, calendar_id, external_id)
  where external_id is not null and state = 'closed';
create index event_links_by_ical_uid on event_links (tenant_id, ical_uid) where ical_uid is not null;
create index event_links_by_event on event_links (tenant_id, event_id);

alter table event_history
  -- The entry that this one takes back.
  add column undoes uuid,
  drop constraint event_history_change_check,
  add constraint event_history_change_check
    check (change in ('created', 'updated', 'deleted', 'cancelled', 'restored', 'conflict'));

create index jobs_held_back on jobs (not_before) where not_before is not null;

create index leads_by_email on leads (tenant_id, lower(email)) where email <> '';

-- A provider's promise to ring until `expires_at`. The row is stored before the provider is asked.
create table channels (
  tenant_id uuid not null references tenants on delete cascade,
  id uuid not null,
  connection_id uuid not null,
  calendar_id uuid not null,
  -- The provider's ids of the channel and of what it watches; null until it answered.
  external_id text,
  resource_id text,
  -- SHA-256 of the channel's secret, in hex.
  secret_hash text not null,
  state text not null check (state in ('opening', 'live', 'stopping')),
  expires_at timestamptz,
  -- The provider asked for a renewal before its time.
  renew_at timestamptz,
  created_at timestamptz not null,
  last_notified_at timestamptz,
  primary key (tenant_id, id),
  foreign key (tenant_id, connection_id) references calendar_integrations on delete cascade,
  foreign key (tenant_id, calendar_id) references calendars on delete cascade
);
create index channels_by_calendar on channels (tenant_id, calendar_id);
create index channels_by_id on channels (id);
create index channels_by_external_id on channels (external_id) where external_id is not null;

-- What a run did, where it did anything or a person asked for it.
create table sync_runs (
  tenant_id uuid not null references tenants on delete cascade,
  id uuid not null,
  connection_id uuid not null,
  calendar_id uuid not null,
  started_at timestamptz not null,
  ended_at timestamptz not null,
  -- Calls to the provider.
  calls int not null default 0,
  changes_in int not null default 0,
  changes_out int not null default 0,
  conflicts int not null default 0,
  errors int not null default 0,
  -- In a word, why it ended early; null when it ran to its end.
  error text,
  primary key (tenant_id, id),
  foreign key (tenant_id, connection_id) references calendar_integrations on delete cascade,
  foreign key (tenant_id, calendar_id) references calendars on delete cascade
);
create index sync_runs_by_calendar on sync_runs (tenant_id, calendar_id, started_at);

-- What a calendar showed that could not be read: set aside, so that the others go on.
create table unreadable_items (
  tenant_id uuid not null references tenants on delete cascade,
  calendar_id uuid not null,
  external_id text not null,
  reason text not null,
  since timestamptz not null,
  primary key (tenant_id, calendar_id, external_id),
  foreign key (tenant_id, calendar_id) references calendars on delete cascade
);

do $$
declare t text;
begin
  foreach t in array array['channels', 'sync_runs', 'unreadable_items']
  loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format($p$create policy within_tenant on %I to {app}
      using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)$p$, t);
    execute format('grant select, insert, update, delete on %I to {app}', t);
  end loop;
end $$;

-- A notification names a channel; whose it is has to be found before there is a tenant.
create policy across_tenants on channels to {system} using (true);
grant select (tenant_id, id, connection_id, calendar_id, external_id, secret_hash, state)
  on channels to {system};
