-- A series that a calendar can hold only as several of its own: each has a link, and together they are one copy.

alter table event_links
  -- Shared by the links that are one copy; null where one link is all of it.
  add column copy_id uuid,
  -- Which of them it is, from 0. Of a date that is there by itself: the minutes since 1970 of its start by its
  -- clock, below zero once the series has that date no more.
  add column part int not null default 0;
create index event_links_by_copy on event_links (tenant_id, copy_id) where copy_id is not null;

-- An event is in a calendar once.
drop index event_links_one_per_calendar;
create unique index event_links_one_per_calendar on event_links (tenant_id, event_id, calendar_id, part)
  where state <> 'closed';
