-- What was agreed on of a calendar's entries that an exception's copy had before it began anew, newest last.

alter table event_links add column former_entries jsonb;
create index event_links_with_former on event_links (tenant_id, calendar_id) where former_entries is not null;
