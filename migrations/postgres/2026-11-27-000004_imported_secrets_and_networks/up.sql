-- The id that a key had in another system: clients go on presenting it, whatever becomes of its first secret.
CREATE TABLE imported_clients (
    client_id TEXT NOT NULL PRIMARY KEY,
    space_id UUID NOT NULL,
    api_key_id UUID NOT NULL UNIQUE,
    FOREIGN KEY (space_id, api_key_id) REFERENCES api_keys (space_id, id) ON DELETE CASCADE
);

-- A secret that was not generated here is a password. The keyed hash of its pair is that of a secret that nobody has.
CREATE TABLE imported_secrets (
    pair_id UUID NOT NULL PRIMARY KEY REFERENCES key_pairs (id) ON DELETE CASCADE,
    password_hash TEXT NOT NULL
);

-- From where a key may be used; no row means from everywhere.
CREATE TABLE api_key_networks (
    space_id UUID NOT NULL,
    api_key_id UUID NOT NULL,
    network TEXT NOT NULL,
    PRIMARY KEY (api_key_id, network),
    FOREIGN KEY (space_id, api_key_id) REFERENCES api_keys (space_id, id) ON DELETE CASCADE
);
