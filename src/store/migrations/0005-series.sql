-- Series: an event with a rule, and its exceptions, each an event of its own that names its series and the start
-- that the rule gives it.

drop view visible_events;

alter table calendar_events
  drop column exceptions,
  add column series_id uuid,
  -- Which occurrence it is: a wall-clock time of the series' zone, or a date.
  add column original_start text,
  -- The series that this one was split from, "this and following".
  add column split_from uuid,
  -- An exception of a series that was deleted or cancelled goes and comes back with it.
  add column ended_with_series boolean not null default false,
  add foreign key (tenant_id, series_id) references calendar_events on delete cascade,
  add foreign key (tenant_id, split_from) references calendar_events on delete set null (split_from),
  add check ((series_id is null) = (original_start is null)),
  add check (series_id is null or recurrence is null);
create unique index calendar_events_slots on calendar_events (tenant_id, series_id, original_start)
  where series_id is not null;

alter table event_links
  -- Of an exception's copy: when its series recurred there as its base was made. Another one wipes exceptions.
  add column series_form text;

alter table calendar_events no force row level security;
alter table event_links no force row level security;
-- So far neither side of any copy was a series.
update event_links set
  remote = case when jsonb_typeof(remote) = 'object' then remote || '{"recurrence": null}' else remote end,
  base = case when jsonb_typeof(base) = 'object'
    then base || '{"recurrence": {"local": null, "remote": null}}' else base end,
  sent = case when sent ->> 'kind' = 'create'
    then jsonb_set(sent, '{fields,recurrence}', 'null') else sent end;
alter table calendar_events force row level security;
alter table event_links force row level security;

-- As before. That somebody is busy each Tuesday is no secret, what it is may be.
create view visible_events with (security_invoker = true) as
select
  e.tenant_id, e.id, e.owner_id, e.is_all_day, e.start_date, e.end_date, e.start_local, e.end_local,
  e.time_zone, e.starts_at, e.ends_at, e.visibility, e.show_as, e.status, e.deleted_at, e.version,
  e.created_at, e.updated_at, e.last_synced_at, e.recurrence, e.series_id, e.original_start, e.split_from,
  e.ended_with_series,
  p.is_hidden,
  case when p.is_hidden then null else e.lead_id end as lead_id,
  case when p.is_hidden then 'Busy' else e.title end as title,
  case when p.is_hidden then '' else e.description end as description,
  case when p.is_hidden then '' else e.location end as location,
  case when p.is_hidden then null else e.attendees end as attendees,
  case when p.is_hidden then null else e.google_event_id end as google_event_id,
  case when p.is_hidden then null else e.outlook_event_id end as outlook_event_id
from calendar_events e
cross join lateral (
  select e.visibility in ('private', 'confidential')
    and e.owner_id is distinct from nullif(current_setting('app.user_id', true), '')::uuid as is_hidden
) p;
grant select on visible_events to {app};
