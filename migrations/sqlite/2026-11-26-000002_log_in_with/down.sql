DROP INDEX user_emails_by_email;
DROP TABLE logout_notices;
DROP TABLE throttles;
DROP TABLE refresh_tokens;
DROP TABLE authorization_codes;
DROP TABLE families;
DROP TABLE authorization_requests;
DROP TABLE sessions;
DROP TABLE grant_resources;
DROP TABLE grant_scopes;
DROP TABLE grants;
DROP TABLE space_applications;
DROP TABLE application_pairs;
DROP TABLE application_resources;
DROP TABLE application_scopes;
DROP TABLE application_uris;
DROP TABLE applications;
ALTER TABLE spaces DROP COLUMN application_policy;

DROP VIEW change_feed;
ALTER TABLE changes RENAME TO changes_before;
CREATE TABLE changes (
    position INTEGER NOT NULL PRIMARY KEY,
    seq BIGINT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('site', 'key_ring', 'space', 'workspace', 'role', 'user', 'api_key', 'resource_server', 'pair', 'token')),
    subject BLOB NOT NULL,
    mark BLOB NOT NULL,
    at BIGINT NOT NULL,
    UNIQUE (seq, kind, subject)
);
INSERT INTO changes SELECT position, seq, kind, subject, mark, at FROM changes_before WHERE kind IN ('site', 'key_ring', 'space', 'workspace', 'role', 'user', 'api_key', 'resource_server', 'pair', 'token');
DROP TABLE changes_before;
CREATE VIEW change_feed AS
    SELECT changes.position, changes.seq, changes.mark, changes.kind, changes.subject,
        change_head.seq AS head, change_head.clock_high_water, CAST(unixepoch('now', 'subsec') * 1000000 AS INTEGER) AS now, FALSE AS standby
    FROM changes CROSS JOIN change_head;

DROP INDEX audit_events_by_time;
DROP INDEX audit_events_by_target;
ALTER TABLE audit_events RENAME TO audit_events_before;
CREATE TABLE audit_events (
    id BLOB NOT NULL PRIMARY KEY,
    seq BIGINT NOT NULL,
    at BIGINT NOT NULL,
    actor_kind TEXT NOT NULL CHECK (actor_kind IN ('operator', 'system', 'user', 'api_key', 'resource_server')),
    actor_id BLOB,
    address TEXT,
    action TEXT NOT NULL,
    target TEXT NOT NULL,
    space_id BLOB,
    detail TEXT NOT NULL
);
INSERT INTO audit_events SELECT id, seq, at, actor_kind, actor_id, address, action, target, space_id, detail FROM audit_events_before WHERE actor_kind IN ('operator', 'system', 'user', 'api_key', 'resource_server');
DROP TABLE audit_events_before;
CREATE INDEX audit_events_by_time ON audit_events (at);
CREATE INDEX audit_events_by_target ON audit_events (target);
