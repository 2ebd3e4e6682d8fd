-- Of an event made here: its owner's connections that a person kept it out of. Any other gets a copy, also one
-- that is connected later.
alter table calendar_events add column left_out_of uuid[] not null default '{}';
