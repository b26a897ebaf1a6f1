-- What is found by its end alone, in all spaces.
CREATE INDEX key_pairs_by_end ON key_pairs (expires_at);
CREATE INDEX application_pairs_by_end ON application_pairs (expires_at);
CREATE INDEX resource_server_pairs_by_end ON resource_server_pairs (expires_at);

-- That the end of a pair was announced so many days before, or passed over. A pair that is moved to another end begins anew.
CREATE TABLE expiry_notices (
    id UUID NOT NULL PRIMARY KEY,
    pair_id UUID NOT NULL,
    expires_at BIGINT NOT NULL,
    days BIGINT NOT NULL CHECK (days IN (1, 7, 14, 30)),
    announced BOOLEAN NOT NULL,
    noted_at BIGINT NOT NULL,
    UNIQUE (pair_id, expires_at, days)
);
CREATE INDEX expiry_notices_by_end ON expiry_notices (expires_at);

-- Whether a pair whose secret was seen elsewhere is deleted at once.
ALTER TABLE spaces ADD COLUMN revoke_leaked_keys BOOLEAN NOT NULL DEFAULT FALSE;

-- Secrets that were seen where they should not be, one row for each pair, also when the pair is gone.
CREATE TABLE leaks (
    id UUID NOT NULL PRIMARY KEY,
    public_id TEXT NOT NULL UNIQUE,
    pepper_id UUID NOT NULL REFERENCES peppers (id),
    secret_hash BYTEA NOT NULL,
    client_kind TEXT NOT NULL CHECK (client_kind IN ('api_key', 'application', 'resource_server')),
    client_id UUID NOT NULL,
    reported_at BIGINT NOT NULL,
    last_reported_at BIGINT NOT NULL,
    reports BIGINT NOT NULL,
    network TEXT,
    source TEXT,
    revoked_at BIGINT,
    last_used_at BIGINT,
    last_used_from TEXT,
    uses BIGINT NOT NULL
);
CREATE INDEX leaks_by_client ON leaks (client_id, id);
