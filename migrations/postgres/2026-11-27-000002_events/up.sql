-- Where spaces want to hear of events. The secrets are sealed under the master key: they have to sign.
CREATE TABLE webhooks (
    id UUID NOT NULL PRIMARY KEY,
    space_id UUID NOT NULL REFERENCES spaces (id),
    url TEXT NOT NULL,
    kinds TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('active', 'disabled', 'gone')),
    secret BYTEA NOT NULL,
    previous_secret BYTEA,
    previous_until BIGINT,
    created_at BIGINT NOT NULL
);
CREATE INDEX webhooks_by_space ON webhooks (space_id, id);

-- What people are told of. Kinds have no CHECK, as actions of the audit have none: each release may bring more. The owner is
-- no reference: what was told stays, whoever goes. Who hears of it by mail is decided until mail_until, which is then null.
CREATE TABLE events (
    id UUID NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    at BIGINT NOT NULL,
    space_id UUID REFERENCES spaces (id),
    owner_user_id UUID,
    subject TEXT NOT NULL,
    pair TEXT,
    detail TEXT NOT NULL,
    mail_until BIGINT
);
CREATE INDEX events_by_space ON events (space_id, id);
CREATE INDEX events_by_time ON events (at);
CREATE INDEX events_to_address ON events (mail_until);

-- One event on its way to one receiver: a webhook, or a user by mail, where part is the beginning of a hash of one of the
-- user's addresses. What is settled is never due again.
CREATE TABLE event_deliveries (
    event_id UUID NOT NULL REFERENCES events (id) ON DELETE CASCADE,
    channel TEXT NOT NULL CHECK (channel IN ('webhook', 'mail')),
    receiver_id UUID NOT NULL,
    part BIGINT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'delivered', 'dropped', 'given_up')),
    attempts BIGINT NOT NULL,
    due_at BIGINT,
    expires_at BIGINT NOT NULL,
    settled_at BIGINT,
    last_error TEXT,
    PRIMARY KEY (event_id, channel, receiver_id, part),
    CHECK ((due_at IS NULL) = (state <> 'waiting'))
);
CREATE INDEX event_deliveries_by_time ON event_deliveries (channel, due_at);
CREATE INDEX event_deliveries_by_receiver ON event_deliveries (channel, receiver_id, event_id);
