-- The etag that a deletion was sent for which had no answer when its event was restored: it may yet arrive.

alter table event_links add column late_deletion_etag text;
