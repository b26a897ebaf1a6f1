-- Audit events are listed newest first, those of one space and one action too, and exported in the order of the chain.
DROP INDEX audit_events_by_time;
CREATE INDEX audit_events_by_time ON audit_events (at, id);
CREATE INDEX audit_events_by_action ON audit_events (space_id, action, at, id);
CREATE INDEX audit_events_to_export ON audit_events (space_id, position) WHERE position IS NOT NULL;
