-- Audit events are chained after they are committed. The head says how far, and its code is made with a key that lies here
-- sealed under the master key. What was deleted for its age is remembered by the last of it.
CREATE TABLE audit_keys (
    id UUID NOT NULL PRIMARY KEY,
    sealed BYTEA NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE audit_head (
    id BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    key_id UUID NOT NULL REFERENCES audit_keys (id),
    position BIGINT NOT NULL CHECK (position >= kept_after),
    seal BYTEA NOT NULL,
    kept_after BIGINT NOT NULL CHECK (kept_after >= 0),
    kept_seal BYTEA NOT NULL,
    sealed_at BIGINT NOT NULL,
    mac BYTEA NOT NULL
);

-- Without the events that have none, which are found by an index of their own.
DROP INDEX audit_events_by_position;
CREATE UNIQUE INDEX audit_events_by_position ON audit_events (position) WHERE "position" IS NOT NULL;

-- Triggers: what follows is written for this database alone. Events are set once: a sealed one is never altered, one that
-- is not sealed yet is only counted on and sealed, and none is deleted but those that the head has let go.
CREATE FUNCTION refuse_audit_edit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'audit events are neither changed nor deleted';
END;
$$;

CREATE FUNCTION keep_audit_event() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.position IS NULL OR OLD.position > coalesce((SELECT kept_after FROM audit_head), 0) THEN
        RAISE EXCEPTION 'audit events are not deleted';
    END IF;
    RETURN OLD;
END;
$$;

CREATE FUNCTION keep_audit_mention() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM audit_events
        WHERE id = OLD.event_id AND (position IS NULL OR position > coalesce((SELECT kept_after FROM audit_head), 0))
    ) THEN
        RAISE EXCEPTION 'mentions of audit events are not deleted';
    END IF;
    RETURN OLD;
END;
$$;

CREATE TRIGGER audit_events_stay BEFORE DELETE ON audit_events
FOR EACH ROW EXECUTE FUNCTION keep_audit_event();

CREATE TRIGGER audit_events_are_set_once BEFORE UPDATE ON audit_events
FOR EACH ROW WHEN (
    OLD.position IS NOT NULL
    OR (OLD.id, OLD.seq, OLD.at, OLD.actor_kind, OLD.actor_id, OLD.address, OLD.action, OLD.target, OLD.space_id, OLD.detail,
        OLD.user_id, OLD.pair, OLD.grant_id, OLD.session_id, OLD.workspace, OLD.about)
    IS DISTINCT FROM
       (NEW.id, NEW.seq, NEW.at, NEW.actor_kind, NEW.actor_id, NEW.address, NEW.action, NEW.target, NEW.space_id, NEW.detail,
        NEW.user_id, NEW.pair, NEW.grant_id, NEW.session_id, NEW.workspace, NEW.about)
) EXECUTE FUNCTION refuse_audit_edit();

CREATE TRIGGER audit_events_are_not_emptied BEFORE TRUNCATE ON audit_events
FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_edit();

CREATE TRIGGER audit_mentions_stay BEFORE DELETE ON audit_mentions
FOR EACH ROW EXECUTE FUNCTION keep_audit_mention();

CREATE TRIGGER audit_mentions_are_set_once BEFORE UPDATE ON audit_mentions
FOR EACH ROW EXECUTE FUNCTION refuse_audit_edit();

CREATE TRIGGER audit_mentions_are_not_emptied BEFORE TRUNCATE ON audit_mentions
FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_edit();
