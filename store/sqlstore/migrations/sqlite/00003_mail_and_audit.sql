-- +goose Up

-- The codes and the mails of an account go with it. A code outlives its mail, which leaves the outbox once delivered.

CREATE TABLE codes (
    hash       TEXT    NOT NULL PRIMARY KEY,
    user_id    INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    purpose    TEXT    NOT NULL,
    mail_id    INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX codes_user_id_purpose ON codes (user_id, purpose);
CREATE INDEX codes_expires_at ON codes (expires_at);

-- A lease is a not_before in the future.
CREATE TABLE outbox (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    message_id TEXT    NOT NULL,
    user_id    INTEGER REFERENCES users (id) ON DELETE CASCADE, -- null: nobody's
    recipient  TEXT    NOT NULL,
    purpose    TEXT    NOT NULL,
    state      TEXT    NOT NULL CHECK (state IN ('queued', 'dead')),
    attempts   INTEGER NOT NULL,
    not_before INTEGER NOT NULL,
    last_error TEXT    NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

CREATE INDEX outbox_due ON outbox (state, not_before, id);
CREATE INDEX outbox_state_id ON outbox (state, id);
CREATE INDEX outbox_user_id ON outbox (user_id);

-- What happened stays, so nothing here refers to an account.
CREATE TABLE events (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    time       INTEGER NOT NULL,
    name       TEXT    NOT NULL,
    actor_kind TEXT    NOT NULL,
    actor_id   INTEGER NOT NULL,
    subject    TEXT    NOT NULL,
    address    TEXT    NOT NULL,
    outcome    TEXT    NOT NULL,
    details    TEXT    NOT NULL CHECK (json_type(details) = 'object')
) STRICT;

CREATE INDEX events_time ON events (time);
CREATE INDEX events_name ON events (name, id);
CREATE INDEX events_subject ON events (subject, id);
CREATE INDEX events_actor_id ON events (actor_id, id);
