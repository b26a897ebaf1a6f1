-- The log and the audit learn of applications, grants and families. A CHECK cannot be altered in place on both databases.
DROP VIEW change_feed;
ALTER TABLE changes RENAME TO changes_before;
CREATE TABLE changes (
    position INTEGER NOT NULL PRIMARY KEY,
    seq BIGINT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('site', 'key_ring', 'space', 'workspace', 'role', 'user', 'api_key', 'resource_server', 'pair', 'token', 'application', 'grant', 'family')),
    subject BLOB NOT NULL,
    mark BLOB NOT NULL,
    at BIGINT NOT NULL,
    UNIQUE (seq, kind, subject)
);
INSERT INTO changes SELECT position, seq, kind, subject, mark, at FROM changes_before;
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
    actor_kind TEXT NOT NULL CHECK (actor_kind IN ('operator', 'system', 'user', 'api_key', 'resource_server', 'application')),
    actor_id BLOB,
    address TEXT,
    action TEXT NOT NULL,
    target TEXT NOT NULL,
    space_id BLOB,
    detail TEXT NOT NULL
);
INSERT INTO audit_events SELECT id, seq, at, actor_kind, actor_id, address, action, target, space_id, detail FROM audit_events_before;
DROP TABLE audit_events_before;
CREATE INDEX audit_events_by_time ON audit_events (at);
CREATE INDEX audit_events_by_target ON audit_events (target);

-- Which applications the users at home in the space may authorize.
ALTER TABLE spaces ADD COLUMN application_policy TEXT NOT NULL DEFAULT 'any' CHECK (application_policy IN ('any', 'approved', 'none'));

CREATE TABLE applications (
    id BLOB NOT NULL PRIMARY KEY,
    space_id BLOB NOT NULL REFERENCES spaces (id),
    owner_user_id BLOB REFERENCES users (id) ON DELETE SET NULL,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('confidential', 'public')),
    state TEXT NOT NULL CHECK (state IN ('active', 'disabled')),
    first_party BOOLEAN NOT NULL,
    id_token_algorithm TEXT NOT NULL CHECK (id_token_algorithm IN ('ES256', 'RS256', 'EdDSA')),
    backchannel_logout_uri TEXT,
    cut_off BIGINT NOT NULL,
    redirects_since BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX applications_by_space ON applications (space_id, id);
CREATE INDEX applications_by_owner ON applications (owner_user_id, id);

CREATE TABLE application_uris (
    application_id BLOB NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
    purpose TEXT NOT NULL CHECK (purpose IN ('redirect', 'post_logout')),
    uri TEXT NOT NULL,
    PRIMARY KEY (application_id, purpose, uri)
);

-- A scope that an application lost and got back is not that of older tokens: since says from which change on it has it.
CREATE TABLE application_scopes (
    application_id BLOB NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
    scope TEXT NOT NULL,
    required BOOLEAN NOT NULL,
    since BIGINT NOT NULL,
    PRIMARY KEY (application_id, scope)
);

CREATE TABLE application_resources (
    application_id BLOB NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
    audience TEXT NOT NULL,
    since BIGINT NOT NULL,
    PRIMARY KEY (application_id, audience)
);

CREATE TABLE application_pairs (
    application_id BLOB NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
    id BLOB NOT NULL PRIMARY KEY,
    slot BIGINT NOT NULL CHECK (slot IN (1, 2)),
    public_id TEXT NOT NULL UNIQUE,
    pepper_id BLOB NOT NULL REFERENCES peppers (id),
    secret_hash BLOB NOT NULL,
    hint TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    UNIQUE (application_id, slot)
);

-- What a space says of an application: whether it approves it, and when its users' consents to it last ended.
CREATE TABLE space_applications (
    space_id BLOB NOT NULL REFERENCES spaces (id),
    application_id BLOB NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
    approved BOOLEAN NOT NULL,
    cut_off BIGINT NOT NULL,
    PRIMARY KEY (space_id, application_id)
);
CREATE INDEX space_applications_by_application ON space_applications (application_id);

CREATE TABLE grants (
    id BLOB NOT NULL PRIMARY KEY,
    user_id BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    application_id BLOB NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
    consented_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    last_used_at BIGINT,
    UNIQUE (user_id, application_id)
);
CREATE INDEX grants_by_application ON grants (application_id, id);

-- What was asked for and left out is kept as well, so that the user is not asked again.
CREATE TABLE grant_scopes (
    grant_id BLOB NOT NULL REFERENCES grants (id) ON DELETE CASCADE,
    scope TEXT NOT NULL,
    given BOOLEAN NOT NULL,
    since BIGINT NOT NULL,
    PRIMARY KEY (grant_id, scope)
);

CREATE TABLE grant_resources (
    grant_id BLOB NOT NULL REFERENCES grants (id) ON DELETE CASCADE,
    audience TEXT NOT NULL,
    since BIGINT NOT NULL,
    PRIMARY KEY (grant_id, audience)
);

-- What browsers and applications hold is redeemed by guarded updates that take no sequence number; each row carries the
-- number of the change that it was made at.
CREATE TABLE sessions (
    id BLOB NOT NULL PRIMARY KEY,
    public_id TEXT NOT NULL UNIQUE,
    pepper_id BLOB NOT NULL REFERENCES peppers (id),
    secret_hash BLOB NOT NULL,
    user_id BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    made_at_seq BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    authenticated_at BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    address TEXT,
    device TEXT NOT NULL
);
CREATE INDEX sessions_by_user ON sessions (user_id, id);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

CREATE TABLE authorization_requests (
    id BLOB NOT NULL PRIMARY KEY,
    public_id TEXT NOT NULL UNIQUE,
    pepper_id BLOB NOT NULL REFERENCES peppers (id),
    secret_hash BLOB NOT NULL,
    application_id BLOB NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
    browser BLOB,
    parameters TEXT NOT NULL,
    made_at_seq BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX authorization_requests_by_application ON authorization_requests (application_id);
CREATE INDEX authorization_requests_by_expiry ON authorization_requests (expires_at);

CREATE TABLE families (
    id BLOB NOT NULL PRIMARY KEY,
    grant_id BLOB NOT NULL REFERENCES grants (id) ON DELETE CASCADE,
    session_id BLOB,
    scope TEXT NOT NULL,
    resources TEXT NOT NULL,
    authenticated_at BIGINT NOT NULL,
    made_at_seq BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX families_by_grant ON families (grant_id);
CREATE INDEX families_by_session ON families (session_id);
CREATE INDEX families_by_expiry ON families (expires_at);

CREATE TABLE authorization_codes (
    id BLOB NOT NULL PRIMARY KEY,
    public_id TEXT NOT NULL UNIQUE,
    pepper_id BLOB NOT NULL REFERENCES peppers (id),
    secret_hash BLOB NOT NULL,
    family_id BLOB NOT NULL REFERENCES families (id) ON DELETE CASCADE,
    redirect_uri TEXT NOT NULL,
    redirect_uri_sent BOOLEAN NOT NULL,
    code_challenge TEXT NOT NULL,
    nonce TEXT,
    expires_at BIGINT NOT NULL,
    used_at BIGINT
);
CREATE INDEX authorization_codes_by_family ON authorization_codes (family_id);

CREATE TABLE refresh_tokens (
    id BLOB NOT NULL PRIMARY KEY,
    public_id TEXT NOT NULL UNIQUE,
    pepper_id BLOB NOT NULL REFERENCES peppers (id),
    secret_hash BLOB NOT NULL,
    family_id BLOB NOT NULL REFERENCES families (id) ON DELETE CASCADE,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    rotated_at BIGINT,
    successor BLOB
);
CREATE INDEX refresh_tokens_by_family ON refresh_tokens (family_id);

-- Attempts to log in are slowed, never locked: a bucket is full until this time, with what may burst ahead of it.
CREATE TABLE throttles (
    bucket BLOB NOT NULL PRIMARY KEY,
    full_until BIGINT NOT NULL
);
CREATE INDEX throttles_by_time ON throttles (full_until);

-- People log in with their address, in whatever case.
CREATE INDEX user_emails_by_email ON user_emails (lower(email));

-- Applications that still have to hear that a session ended.
CREATE TABLE logout_notices (
    id BLOB NOT NULL PRIMARY KEY,
    application_id BLOB NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
    user_id BLOB NOT NULL,
    session_id BLOB NOT NULL,
    attempts BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX logout_notices_by_time ON logout_notices (due_at);
CREATE INDEX logout_notices_by_application ON logout_notices (application_id);
