-- Guests: who is invited is a field of an event that merges, and one copy of it is the one that invites.

alter table event_links
  -- Whether guests are invited from this copy; the others are mirrors without any.
  add column carries_guests boolean not null default false,
  -- What waits to be written is not to be mailed to anybody: a copy made afterwards, or as asked for.
  add column is_silent boolean not null default false,
  -- What each guest answered, by address, as last read: {"ada@example.com": "accepted"}.
  add column answers jsonb,
  -- On somebody else's meeting: what its owner answered there, and what they want to answer and is not sent.
  add column own_answer text check (own_answer in ('needs-action', 'accepted', 'declined', 'tentative')),
  add column wanted_answer text check (wanted_answer in ('accepted', 'declined', 'tentative'));

-- Row-level security is forced on its owner, too, and no tenant is set here: without this, a migration by
-- anybody but a superuser would change no row and say nothing.
alter table calendar_events no force row level security;
alter table event_links no force row level security;
alter table calendar_integrations no force row level security;

-- So far the column held the addresses of imported events. Their answers, names and who is optional are
-- known after the next look at each.
update calendar_events set attendees = (
    select coalesce(jsonb_agg(jsonb_build_object('email', email, 'name', '', 'isOptional', false)
      order by email collate "C"), '[]')
    from (select distinct lower(a.value) as email from jsonb_array_elements_text(attendees) a
      order by 1 limit 200) addresses)
  where jsonb_typeof(attendees) = 'array';

-- An imported event's guests are on the copy that it came from, one that we may write first; an event made
-- here would have been sent from its owner's first calendar.
update event_links l set carries_guests = true
  from (
    select distinct on (l.tenant_id, l.event_id) l.tenant_id, l.id
    from event_links l
    join calendar_integrations i on i.tenant_id = l.tenant_id and i.id = l.connection_id
    where l.state <> 'closed' and l.shows = 'all'
    order by l.tenant_id, l.event_id, l.origin desc, l.can_edit desc, i.created_at, i.id, l.created_at, l.id
  ) first
  where first.tenant_id = l.tenant_id and first.id = l.id;

-- Both sides are taken to agree on what was imported, so that nothing is written and nobody is mailed.
update event_links l set
    remote = case when jsonb_typeof(l.remote) = 'object'
      then l.remote || jsonb_build_object('attendees', g.guests) else l.remote end,
    base = case when jsonb_typeof(l.base) = 'object' then l.base || jsonb_build_object('attendees',
      jsonb_build_object('local', g.guests, 'remote', g.guests)) else l.base end,
    sent = case when l.sent ->> 'kind' = 'create'
      then jsonb_set(l.sent, '{fields,attendees}', '[]') else l.sent end
  from (
    select l.tenant_id, l.id,
      case when l.carries_guests then coalesce(e.attendees, '[]') else '[]' end as guests
    from event_links l join calendar_events e on e.tenant_id = l.tenant_id and e.id = l.event_id
  ) g
  where g.tenant_id = l.tenant_id and g.id = l.id;

alter table calendar_events force row level security;
alter table event_links force row level security;
alter table calendar_integrations force row level security;
