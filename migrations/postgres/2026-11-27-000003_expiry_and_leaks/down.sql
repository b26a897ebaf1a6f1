DROP TABLE leaks;
ALTER TABLE spaces DROP COLUMN revoke_leaked_keys;
DROP TABLE expiry_notices;
DROP INDEX resource_server_pairs_by_end;
DROP INDEX application_pairs_by_end;
DROP INDEX key_pairs_by_end;
