-- Of a cancelled exception that keeps the place of a date which was put back and is an event of its own: that
-- event. What is still said of the date in a calendar is said of it.

alter table calendar_events
  add column stands_alone_as uuid,
  add foreign key (tenant_id, stands_alone_as) references calendar_events on delete set null (stands_alone_as);
