-- Audit events say with which credential, on whose authority and in which workspace; they can be found by whatever they are
-- about, are folded where one thing happens often, and are chained once they are committed (position and seal).
ALTER TABLE audit_events ADD COLUMN user_id BLOB;
ALTER TABLE audit_events ADD COLUMN pair TEXT;
ALTER TABLE audit_events ADD COLUMN grant_id BLOB;
ALTER TABLE audit_events ADD COLUMN session_id BLOB;
ALTER TABLE audit_events ADD COLUMN workspace BIGINT;
-- All that the event is about, separated by spaces.
ALTER TABLE audit_events ADD COLUMN about TEXT NOT NULL DEFAULT '';
-- How often it happened, from `at` to `last_at`.
ALTER TABLE audit_events ADD COLUMN count BIGINT NOT NULL DEFAULT 1;
ALTER TABLE audit_events ADD COLUMN last_at BIGINT;
-- Its place in the chain, and the hash of everything up to it; none until it is sealed.
ALTER TABLE audit_events ADD COLUMN position BIGINT;
ALTER TABLE audit_events ADD COLUMN seal BLOB;
CREATE UNIQUE INDEX audit_events_by_position ON audit_events (position);
CREATE INDEX audit_events_unsealed ON audit_events (at, id) WHERE position IS NULL;
CREATE INDEX audit_events_by_space ON audit_events (space_id, at, id);

CREATE TABLE audit_mentions (
    subject TEXT NOT NULL,
    at BIGINT NOT NULL,
    event_id BLOB NOT NULL REFERENCES audit_events (id) ON DELETE CASCADE,
    PRIMARY KEY (subject, at, event_id)
);
CREATE INDEX audit_mentions_by_event ON audit_mentions (event_id);
