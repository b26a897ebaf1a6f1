ALTER TABLE api_keys DROP COLUMN moved_from;
ALTER TABLE api_keys DROP COLUMN moved_to;
ALTER TABLE users DROP COLUMN last_logged_in_at;
DROP TABLE invitations;
