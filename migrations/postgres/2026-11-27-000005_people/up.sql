-- An invitation lets a person set a first password. What is kept of its link opens nothing; one that waits to be mailed has
-- no link yet. due_at is when somebody is to mail it.
CREATE TABLE invitations (
    id UUID NOT NULL PRIMARY KEY,
    user_id UUID NOT NULL UNIQUE REFERENCES users (id) ON DELETE CASCADE,
    made_at BIGINT NOT NULL,
    made_at_seq BIGINT NOT NULL,
    made_by TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    delivery TEXT NOT NULL CHECK (delivery IN ('shown', 'mail_waiting', 'mail_sent', 'mail_failed')),
    attempts BIGINT NOT NULL,
    due_at BIGINT,
    public_id TEXT UNIQUE,
    pepper_id UUID REFERENCES peppers (id),
    secret_hash BYTEA,
    CHECK ((public_id IS NULL) = (pepper_id IS NULL)),
    CHECK ((public_id IS NULL) = (secret_hash IS NULL)),
    CHECK (public_id IS NOT NULL OR delivery IN ('mail_waiting', 'mail_failed')),
    CHECK ((due_at IS NOT NULL) = (delivery = 'mail_waiting'))
);
CREATE INDEX invitations_by_time ON invitations (due_at);
CREATE INDEX invitations_by_expiry ON invitations (expires_at);

-- When a user last logged in, to the minute. What the audit log knows of it is taken over.
ALTER TABLE users ADD COLUMN last_logged_in_at BIGINT;
UPDATE users SET last_logged_in_at = latest.at
FROM (
    SELECT actor_id, max(at) AS at FROM audit_events WHERE action = 'session.begin' AND actor_kind = 'user' GROUP BY actor_id
) AS latest
WHERE latest.actor_id = users.id;

-- The key that took the place of this one, and the one whose place it took. A key that is gone is still named.
ALTER TABLE api_keys ADD COLUMN moved_to UUID;
ALTER TABLE api_keys ADD COLUMN moved_from UUID;
