DROP INDEX api_key_roles_by_workspace;
CREATE INDEX api_key_roles_by_workspace ON api_key_roles (workspace_id);
DROP INDEX api_keys_by_last_use;
DROP INDEX api_keys_by_name;
