-- The keys of a space by name and by last use, for people who look for one, and those of a workspace.
CREATE INDEX api_keys_by_name ON api_keys (space_id, (lower(name)), id);
CREATE INDEX api_keys_by_last_use ON api_keys (space_id, (coalesce(last_used_at, 0)), id);
DROP INDEX api_key_roles_by_workspace;
CREATE INDEX api_key_roles_by_workspace ON api_key_roles (workspace_id, api_key_id);
