-- +goose Up

-- Marks the file as ours ("GWst"), so that the database of another program is refused.
PRAGMA application_id = 1196913524;

-- Ids are AUTOINCREMENT, so that the id of a deleted row is never used again.
-- Times are Unix milliseconds.

CREATE TABLE roles (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    document_id  TEXT    NOT NULL UNIQUE,
    name         TEXT    NOT NULL,
    description  TEXT,
    type         TEXT    NOT NULL UNIQUE,
    created_at   INTEGER NOT NULL,
    updated_at   INTEGER NOT NULL,
    published_at INTEGER NOT NULL
) STRICT;

CREATE TABLE users (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    document_id   TEXT    NOT NULL UNIQUE,
    username      TEXT    NOT NULL UNIQUE,
    email         TEXT    NOT NULL,
    provider      TEXT    NOT NULL,
    password_hash TEXT    NOT NULL,
    confirmed     INTEGER NOT NULL CHECK (confirmed IN (0, 1)),
    blocked       INTEGER NOT NULL CHECK (blocked IN (0, 1)),
    role_id       INTEGER REFERENCES roles (id),
    valid_from    INTEGER NOT NULL,
    extra         TEXT    NOT NULL CHECK (json_type(extra) = 'object'),
    created_at    INTEGER NOT NULL,
    updated_at    INTEGER NOT NULL,
    published_at  INTEGER NOT NULL
) STRICT;

-- Serves look-ups by e-mail alone, too.
CREATE INDEX users_email_provider ON users (email, provider);
CREATE INDEX users_role_id ON users (role_id);
CREATE INDEX users_created_at ON users (created_at);
CREATE INDEX users_updated_at ON users (updated_at);

CREATE TABLE grants (
    role_id INTEGER NOT NULL REFERENCES roles (id) ON DELETE CASCADE,
    action  TEXT    NOT NULL,
    PRIMARY KEY (role_id, action)
) STRICT, WITHOUT ROWID;

CREATE TABLE settings (
    name  TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE admins (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    document_id   TEXT    NOT NULL UNIQUE,
    email         TEXT    NOT NULL UNIQUE,
    firstname     TEXT    NOT NULL,
    lastname      TEXT    NOT NULL,
    password_hash TEXT    NOT NULL,
    blocked       INTEGER NOT NULL CHECK (blocked IN (0, 1)),
    created_at    INTEGER NOT NULL,
    updated_at    INTEGER NOT NULL
) STRICT;

CREATE TABLE admin_sessions (
    token_hash TEXT    NOT NULL PRIMARY KEY,
    admin_id   INTEGER NOT NULL REFERENCES admins (id) ON DELETE CASCADE,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX admin_sessions_admin_id ON admin_sessions (admin_id);
CREATE INDEX admin_sessions_expires_at ON admin_sessions (expires_at);

CREATE TABLE changes (
    seq     INTEGER PRIMARY KEY AUTOINCREMENT,
    kind    TEXT    NOT NULL,
    subject TEXT    NOT NULL,
    at      INTEGER NOT NULL
) STRICT;
