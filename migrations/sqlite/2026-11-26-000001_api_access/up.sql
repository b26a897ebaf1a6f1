-- Numbers of workspaces that were removed are never given again.
ALTER TABLE site ADD COLUMN last_workspace_number BIGINT NOT NULL DEFAULT 0;
ALTER TABLE site ADD COLUMN service_admins_allowed BOOLEAN NOT NULL DEFAULT FALSE;

ALTER TABLE spaces ADD COLUMN key_creation_restricted BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE spaces ADD COLUMN sso_enabled BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE spaces ADD COLUMN password_life_seconds BIGINT CHECK (password_life_seconds > 0);
ALTER TABLE spaces ADD COLUMN pair_life_seconds BIGINT CHECK (pair_life_seconds > 0);

CREATE TABLE space_email_domains (
    space_id BLOB NOT NULL REFERENCES spaces (id) ON DELETE CASCADE,
    domain TEXT NOT NULL,
    PRIMARY KEY (space_id, domain)
);

ALTER TABLE users DROP COLUMN email;
ALTER TABLE users ADD COLUMN password_set_at BIGINT;
ALTER TABLE users ADD COLUMN sso_exempt BOOLEAN NOT NULL DEFAULT FALSE;
UPDATE users SET password_set_at = created_at WHERE password_hash IS NOT NULL;
CREATE INDEX users_by_home ON users (home_space_id, id);
CREATE INDEX users_by_password_age ON users (home_space_id, password_set_at);

CREATE TABLE user_emails (
    user_id BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    email TEXT NOT NULL,
    PRIMARY KEY (user_id, email)
);

CREATE INDEX user_roles_by_place ON user_roles (space_id, workspace_id, user_id);
CREATE INDEX user_roles_by_role ON user_roles (role_id);

-- The role that a role was copied from, for people; the copy does not follow it.
ALTER TABLE roles ADD COLUMN copied_from BLOB;
CREATE INDEX role_permissions_by_name ON role_permissions (permission);

ALTER TABLE api_keys ADD COLUMN status_reason TEXT CHECK (status_reason IN ('owner_disabled'));
ALTER TABLE api_keys ADD COLUMN created_by TEXT NOT NULL DEFAULT 'operator';
ALTER TABLE api_keys ADD COLUMN row_level_acknowledged BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE api_keys ADD COLUMN last_used_at BIGINT;
-- A key that is widened gives nothing back to tokens from before.
ALTER TABLE api_keys ADD COLUMN writes_since BIGINT NOT NULL DEFAULT 0;
ALTER TABLE api_keys ADD COLUMN inherits_since BIGINT NOT NULL DEFAULT 0;
-- Pages are ordered by id. A page by status or name reads this index alone, however many keys do not fit.
CREATE INDEX api_keys_by_what_pages_ask ON api_keys (space_id, id, status, name);
DROP INDEX api_keys_by_owner;
CREATE INDEX api_keys_by_owner ON api_keys (owner_user_id, id);
CREATE INDEX api_key_roles_by_role ON api_key_roles (role_id);
CREATE INDEX api_key_roles_by_workspace ON api_key_roles (workspace_id);

-- What decisions do not read: written beside them, never in a change.
ALTER TABLE key_pairs ADD COLUMN last_used_at BIGINT;
ALTER TABLE key_pairs ADD COLUMN last_used_from TEXT;
ALTER TABLE key_pairs ADD COLUMN uses BIGINT NOT NULL DEFAULT 0;
CREATE INDEX key_pairs_by_expiry ON key_pairs (space_id, expires_at);

-- Permissions of the products behind resource servers, beside those that Keystead itself knows.
CREATE TABLE permissions (
    name TEXT NOT NULL PRIMARY KEY,
    resource_server_id BLOB NOT NULL REFERENCES resource_servers (id),
    class TEXT NOT NULL CHECK (class IN ('read', 'write')),
    level TEXT NOT NULL CHECK (level IN ('space', 'workspace')),
    description TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX permissions_by_resource_server ON permissions (resource_server_id);

-- The change from which on tokens for it are the resource server's: one that it lost and got back has no older ones.
ALTER TABLE audiences ADD COLUMN since BIGINT NOT NULL DEFAULT 0;

CREATE TABLE scopes (
    name TEXT NOT NULL PRIMARY KEY,
    resource_server_id BLOB NOT NULL REFERENCES resource_servers (id),
    class TEXT NOT NULL CHECK (class IN ('read', 'write')),
    description TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX scopes_by_resource_server ON scopes (resource_server_id);

-- Answers to creations that may be asked for again; they hold no secret.
CREATE TABLE idempotent_answers (
    caller TEXT NOT NULL,
    idempotency_key TEXT NOT NULL,
    request_hash BLOB NOT NULL,
    answer TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (caller, idempotency_key)
);
CREATE INDEX idempotent_answers_by_time ON idempotent_answers (created_at);

-- Links by which a person sets a first password: used once, and dead when the user changes.
CREATE TABLE setup_links (
    id BLOB NOT NULL PRIMARY KEY,
    user_id BLOB NOT NULL UNIQUE REFERENCES users (id) ON DELETE CASCADE,
    public_id TEXT NOT NULL UNIQUE,
    pepper_id BLOB NOT NULL REFERENCES peppers (id),
    secret_hash BLOB NOT NULL,
    made_at_seq BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
