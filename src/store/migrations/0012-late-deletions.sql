-- The etag that a deletion of ours was sent for which had no answer when its event was restored: it may have
-- arrived, or may yet.

alter table event_links add column late_deletion_etag text;
