DROP TRIGGER audit_mentions_are_set_once;
DROP TRIGGER audit_mentions_stay;
DROP TRIGGER audit_events_are_set_once;
DROP TRIGGER audit_events_stay;
DROP INDEX audit_events_by_position;
CREATE UNIQUE INDEX audit_events_by_position ON audit_events (position);
DROP TABLE audit_head;
DROP TABLE audit_keys;
