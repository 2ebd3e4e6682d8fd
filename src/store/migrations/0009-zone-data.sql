-- The edition of the time zone database by which the instants of a company's events were worked out; null: not said.
alter table tenants add column zone_data text;
