-- The order of all changes. Every transaction that alters what anyone may do begins by raising seq.
CREATE TABLE change_head (
    id BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    seq BIGINT NOT NULL,
    clock_high_water BIGINT NOT NULL
);

-- A change has a row for each subject that it touched. Rows are numbered as they are written, and changes run one by one,
-- so the numbers are in the order of commits; a reader that knows the last row asks for that one and the later ones.
CREATE TABLE changes (
    position INTEGER NOT NULL PRIMARY KEY,
    seq BIGINT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('site', 'key_ring', 'space', 'workspace', 'role', 'user', 'api_key', 'resource_server', 'pair', 'token')),
    subject BLOB NOT NULL,
    mark BLOB NOT NULL,
    at BIGINT NOT NULL,
    UNIQUE (seq, kind, subject)
);

INSERT INTO change_head (id, seq, clock_high_water) VALUES (1, 0, 0);
INSERT INTO changes (position, seq, kind, subject, mark, at) VALUES (0, 0, 'site', X'00000000000000000000000000000000', randomblob(16), 0);

-- The database's clock, in microseconds since 1970.
CREATE VIEW clock AS SELECT CAST(unixepoch('now', 'subsec') * 1000000 AS INTEGER) AS now;

-- What a read of the head brings: the log, its last number, the time, and whether this server is a standby.
CREATE VIEW change_feed AS
    SELECT changes.position, changes.seq, changes.mark, changes.kind, changes.subject,
        change_head.seq AS head, change_head.clock_high_water, CAST(unixepoch('now', 'subsec') * 1000000 AS INTEGER) AS now, FALSE AS standby
    FROM changes CROSS JOIN change_head;

CREATE TABLE site (
    id BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    issuer TEXT NOT NULL,
    development BOOLEAN NOT NULL,
    default_audience TEXT NOT NULL,
    cut_off BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE peppers (
    id BLOB NOT NULL PRIMARY KEY,
    sealed BLOB NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE signing_keys (
    id BLOB NOT NULL PRIMARY KEY,
    algorithm TEXT NOT NULL CHECK (algorithm IN ('ES256', 'RS256', 'EdDSA')),
    state TEXT NOT NULL CHECK (state IN ('pending', 'active', 'passive', 'retired', 'revoked')),
    sealed BLOB NOT NULL,
    created_at BIGINT NOT NULL,
    state_since BIGINT NOT NULL
);
CREATE UNIQUE INDEX one_active_signing_key_per_algorithm ON signing_keys (algorithm) WHERE state = 'active';

CREATE TABLE spaces (
    id BLOB NOT NULL PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL CHECK (kind IN ('production', 'sandbox', 'on_premises')),
    state TEXT NOT NULL CHECK (state IN ('open', 'closed')),
    api_keys_supported BOOLEAN NOT NULL,
    api_keys_enabled BOOLEAN NOT NULL,
    token_life_seconds BIGINT CHECK (token_life_seconds > 0),
    cut_off BIGINT NOT NULL,
    keys_cut_off BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE workspaces (
    space_id BLOB NOT NULL REFERENCES spaces (id),
    id BLOB NOT NULL PRIMARY KEY,
    number BIGINT NOT NULL UNIQUE CHECK (number > 0),
    name TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'closed')),
    created_at BIGINT NOT NULL,
    UNIQUE (space_id, id),
    UNIQUE (space_id, name)
);

-- home_id is the space of a custom role and the nil id of a built-in one, so that assignments can refer to
-- (home_id, id) and a check refuses the roles of another space.
CREATE TABLE roles (
    home_id BLOB NOT NULL,
    id BLOB NOT NULL PRIMARY KEY,
    space_id BLOB REFERENCES spaces (id),
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    level TEXT NOT NULL CHECK (level IN ('site', 'space', 'workspace')),
    integration TEXT NOT NULL CHECK (integration IN ('none', 'ci_cd', 'bridge', 'internal')),
    admin_class BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (home_id, id),
    UNIQUE (home_id, name),
    CHECK ((space_id IS NULL AND home_id = X'00000000000000000000000000000000') OR (space_id IS NOT NULL AND home_id = space_id))
);

CREATE TABLE role_permissions (
    role_id BLOB NOT NULL REFERENCES roles (id) ON DELETE CASCADE,
    permission TEXT NOT NULL,
    PRIMARY KEY (role_id, permission)
);

CREATE TABLE users (
    id BLOB NOT NULL PRIMARY KEY,
    home_space_id BLOB NOT NULL REFERENCES spaces (id),
    login TEXT NOT NULL UNIQUE,
    full_name TEXT NOT NULL,
    email TEXT,
    account_type TEXT NOT NULL CHECK (account_type IN ('standard', 'service')),
    state TEXT NOT NULL CHECK (state IN ('active', 'disabled')),
    password_hash TEXT CHECK (password_hash IS NULL OR account_type = 'standard'),
    api_keys_enabled BOOLEAN NOT NULL,
    cut_off BIGINT NOT NULL,
    keys_cut_off BIGINT NOT NULL,
    logins_cut_off BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);

-- reach_id is the workspace, or the nil id where the role is held in the space itself: it makes the key unique where
-- NULL would not.
CREATE TABLE user_roles (
    user_id BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    space_id BLOB NOT NULL REFERENCES spaces (id),
    role_home_id BLOB NOT NULL,
    role_id BLOB NOT NULL,
    reach_id BLOB NOT NULL,
    workspace_id BLOB,
    source TEXT NOT NULL CHECK (source IN ('local', 'idp')),
    since BIGINT NOT NULL,
    PRIMARY KEY (user_id, space_id, role_id, reach_id, source),
    FOREIGN KEY (role_home_id, role_id) REFERENCES roles (home_id, id),
    FOREIGN KEY (space_id, workspace_id) REFERENCES workspaces (space_id, id),
    CHECK (role_home_id = X'00000000000000000000000000000000' OR role_home_id = space_id),
    CHECK ((workspace_id IS NULL AND reach_id = X'00000000000000000000000000000000') OR (workspace_id IS NOT NULL AND reach_id = workspace_id))
);

CREATE TABLE api_keys (
    space_id BLOB NOT NULL REFERENCES spaces (id),
    id BLOB NOT NULL PRIMARY KEY,
    owner_user_id BLOB REFERENCES users (id),
    user_roles TEXT CHECK (user_roles IN ('inherit', 'subset')),
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    mode TEXT NOT NULL CHECK (mode IN ('full', 'read_only')),
    status TEXT NOT NULL CHECK (status IN ('active', 'disabled', 'revoked')),
    internal TEXT CHECK (internal IN ('bridge_service', 'synchronizer_service', 'product_bridge_service')),
    cut_off BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (space_id, id),
    CHECK ((owner_user_id IS NULL) = (user_roles IS NULL)),
    CHECK (internal IS NULL OR owner_user_id IS NULL)
);
CREATE UNIQUE INDEX one_internal_key_per_service ON api_keys (space_id, internal) WHERE internal IS NOT NULL;
CREATE INDEX api_keys_by_owner ON api_keys (owner_user_id);

-- At most two pairs for each key: there are two slots.
CREATE TABLE key_pairs (
    space_id BLOB NOT NULL,
    id BLOB NOT NULL PRIMARY KEY,
    api_key_id BLOB NOT NULL,
    slot BIGINT NOT NULL CHECK (slot IN (1, 2)),
    public_id TEXT NOT NULL UNIQUE,
    pepper_id BLOB NOT NULL REFERENCES peppers (id),
    secret_hash BLOB NOT NULL,
    hint TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    UNIQUE (api_key_id, slot),
    FOREIGN KEY (space_id, api_key_id) REFERENCES api_keys (space_id, id) ON DELETE CASCADE
);

CREATE TABLE api_key_roles (
    space_id BLOB NOT NULL,
    api_key_id BLOB NOT NULL,
    role_home_id BLOB NOT NULL,
    role_id BLOB NOT NULL,
    reach TEXT NOT NULL CHECK (reach IN ('space', 'workspace', 'all_workspaces')),
    reach_id BLOB NOT NULL,
    workspace_id BLOB,
    since BIGINT NOT NULL,
    PRIMARY KEY (api_key_id, role_id, reach, reach_id),
    FOREIGN KEY (space_id, api_key_id) REFERENCES api_keys (space_id, id) ON DELETE CASCADE,
    FOREIGN KEY (role_home_id, role_id) REFERENCES roles (home_id, id),
    FOREIGN KEY (space_id, workspace_id) REFERENCES workspaces (space_id, id),
    CHECK (role_home_id = X'00000000000000000000000000000000' OR role_home_id = space_id),
    CHECK ((reach = 'workspace') = (workspace_id IS NOT NULL)),
    CHECK ((workspace_id IS NULL AND reach_id = X'00000000000000000000000000000000') OR (workspace_id IS NOT NULL AND reach_id = workspace_id))
);

CREATE TABLE resource_servers (
    id BLOB NOT NULL PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL CHECK (state IN ('active', 'disabled')),
    accepts_api_keys BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE audiences (
    audience TEXT NOT NULL PRIMARY KEY,
    resource_server_id BLOB NOT NULL REFERENCES resource_servers (id) ON DELETE CASCADE
);

CREATE TABLE resource_server_pairs (
    resource_server_id BLOB NOT NULL REFERENCES resource_servers (id) ON DELETE CASCADE,
    id BLOB NOT NULL PRIMARY KEY,
    slot BIGINT NOT NULL CHECK (slot IN (1, 2)),
    public_id TEXT NOT NULL UNIQUE,
    pepper_id BLOB NOT NULL REFERENCES peppers (id),
    secret_hash BLOB NOT NULL,
    hint TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    UNIQUE (resource_server_id, slot)
);

CREATE TABLE revoked_tokens (
    id BLOB NOT NULL PRIMARY KEY,
    expires_at BIGINT NOT NULL
);
CREATE INDEX revoked_tokens_by_expiry ON revoked_tokens (expires_at);

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
CREATE INDEX audit_events_by_time ON audit_events (at);
CREATE INDEX audit_events_by_target ON audit_events (target);
