DROP TRIGGER audit_mentions_are_set_once;
DROP TRIGGER audit_mentions_stay;
DROP TRIGGER audit_events_are_set_once;
DROP TRIGGER audit_events_stay;
DROP TABLE audit_head;
DROP TABLE audit_keys;
