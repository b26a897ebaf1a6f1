-- Audit events are chained after they are committed. The head says how far, and its code is made with a key that lies here
-- sealed under the master key. What was deleted for its age is remembered by the last of it.
CREATE TABLE audit_keys (
    id BLOB NOT NULL PRIMARY KEY,
    sealed BLOB NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE audit_head (
    id BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    key_id BLOB NOT NULL REFERENCES audit_keys (id),
    position BIGINT NOT NULL CHECK (position >= kept_after),
    seal BLOB NOT NULL,
    kept_after BIGINT NOT NULL CHECK (kept_after >= 0),
    kept_seal BLOB NOT NULL,
    sealed_at BIGINT NOT NULL,
    mac BLOB NOT NULL
);

-- Without the events that have none, which are found by an index of their own.
DROP INDEX audit_events_by_position;
CREATE UNIQUE INDEX audit_events_by_position ON audit_events (position) WHERE "position" IS NOT NULL;

-- Triggers: what follows is written for this database alone. Events are set once: a sealed one is never altered, one that
-- is not sealed yet is only counted on and sealed, and none is deleted but those that the head has let go.
CREATE TRIGGER audit_events_stay BEFORE DELETE ON audit_events
WHEN OLD.position IS NULL OR OLD.position > coalesce((SELECT kept_after FROM audit_head), 0)
BEGIN
    SELECT RAISE(ABORT, 'audit events are not deleted');
END;

CREATE TRIGGER audit_events_are_set_once BEFORE UPDATE ON audit_events
WHEN OLD.position IS NOT NULL
    OR OLD.id IS NOT NEW.id OR OLD.seq IS NOT NEW.seq OR OLD.at IS NOT NEW.at
    OR OLD.actor_kind IS NOT NEW.actor_kind OR OLD.actor_id IS NOT NEW.actor_id OR OLD.address IS NOT NEW.address
    OR OLD.action IS NOT NEW.action OR OLD.target IS NOT NEW.target OR OLD.space_id IS NOT NEW.space_id
    OR OLD.detail IS NOT NEW.detail OR OLD.user_id IS NOT NEW.user_id OR OLD.pair IS NOT NEW.pair
    OR OLD.grant_id IS NOT NEW.grant_id OR OLD.session_id IS NOT NEW.session_id
    OR OLD.workspace IS NOT NEW.workspace OR OLD.about IS NOT NEW.about
BEGIN
    SELECT RAISE(ABORT, 'audit events are not changed');
END;

CREATE TRIGGER audit_mentions_stay BEFORE DELETE ON audit_mentions
WHEN EXISTS (
    SELECT 1 FROM audit_events
    WHERE id = OLD.event_id AND (position IS NULL OR position > coalesce((SELECT kept_after FROM audit_head), 0))
)
BEGIN
    SELECT RAISE(ABORT, 'mentions of audit events are not deleted');
END;

CREATE TRIGGER audit_mentions_are_set_once BEFORE UPDATE ON audit_mentions
BEGIN
    SELECT RAISE(ABORT, 'mentions of audit events are not changed');
END;
