-- The event log: why two tables of events.
--
-- Many sessions stream at once, so consecutive events belong to different sessions. A table clustered by
-- (session, offset) would dirty one page per token; so events are appended to recent_events in arrival order and later
-- settled: moved, sorted by session, into settled_events. An event may for a moment be in both; the view shows it once.

CREATE TABLE kinds (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
) STRICT;

INSERT INTO kinds (id, name) VALUES
    (1, 'session.opened'), (2, 'session.closed'), (3, 'message.received'), (4, 'run.started'), (5, 'run.resumed'),
    (6, 'run.paused'), (7, 'run.completed'), (8, 'run.failed'), (9, 'run.cancelled'), (10, 'node.started'),
    (11, 'node.updated'), (12, 'node.completed'), (13, 'node.failed'), (14, 'node.skipped'), (15, 'message.started'),
    (16, 'token'), (17, 'message.completed'), (18, 'message.interrupted'), (19, 'answer.rejected'),
    (20, 'session.forked'), (21, 'event.erased'), (22, 'session.erased'), (23, 'custom');

-- Nothing here changes on every commit: a session's head is derived, not stored.
CREATE TABLE sessions (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 128),
    opened_at INTEGER NOT NULL,
    closed INTEGER NOT NULL DEFAULT 0 CHECK (closed IN (0, 1))
) STRICT;

-- Positions are explicit: a plain rowid would start again at 1 once the settled rows are deleted.
CREATE TABLE recent_events (
    position INTEGER PRIMARY KEY CHECK (position > 0),
    session INTEGER NOT NULL,
    "offset" INTEGER NOT NULL CHECK ("offset" > 0),
    at INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    v INTEGER NOT NULL,
    cause INTEGER CHECK (cause > 0 AND cause < "offset"),
    body TEXT
) STRICT;

CREATE TABLE settled_events (
    session INTEGER NOT NULL,
    "offset" INTEGER NOT NULL CHECK ("offset" > 0),
    position INTEGER NOT NULL CHECK (position > 0),
    at INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    v INTEGER NOT NULL,
    cause INTEGER CHECK (cause > 0 AND cause < "offset"),
    body TEXT,
    PRIMARY KEY (session, "offset")
) STRICT, WITHOUT ROWID;

-- Events are facts: only an erasure may empty a body, and nothing else may change.
CREATE TRIGGER recent_events_are_immutable BEFORE UPDATE ON recent_events
WHEN NOT (new.body IS NULL AND new.position = old.position AND new.session = old.session
    AND new."offset" = old."offset" AND new.at = old.at AND new.kind = old.kind AND new.v = old.v
    AND new.cause IS old.cause)
BEGIN
    SELECT RAISE(ABORT, 'events are immutable: only an erasure may set a body to NULL');
END;

CREATE TRIGGER settled_events_are_immutable BEFORE UPDATE ON settled_events
WHEN NOT (new.body IS NULL AND new.position = old.position AND new.session = old.session
    AND new."offset" = old."offset" AND new.at = old.at AND new.kind = old.kind AND new.v = old.v
    AND new.cause IS old.cause)
BEGIN
    SELECT RAISE(ABORT, 'events are immutable: only an erasure may set a body to NULL');
END;

-- The messages that await an answer and the run that gives it, so that a start need not scan the log. Written in the
-- transaction that records the event.
CREATE TABLE open_runs (
    session INTEGER NOT NULL,
    message INTEGER NOT NULL,
    run INTEGER,
    paused INTEGER NOT NULL DEFAULT 0 CHECK (paused IN (0, 1)),
    PRIMARY KEY (session, message)
) STRICT, WITHOUT ROWID;

-- What makes a retried append from outside a no-op: the last sequence taken and the answer it got.
CREATE TABLE producers (
    session INTEGER NOT NULL,
    producer TEXT NOT NULL CHECK (length(producer) BETWEEN 1 AND 128),
    epoch INTEGER NOT NULL CHECK (epoch >= 0),
    sequence INTEGER NOT NULL CHECK (sequence >= 0),
    first_offset INTEGER NOT NULL,
    last_offset INTEGER NOT NULL,
    PRIMARY KEY (session, producer)
) STRICT, WITHOUT ROWID;

-- incarnation: names this log, so that a client can tell a restored one. trimmed_position: the rows of recent_events up
-- to here were settled and deleted, so positions go on from there. trimmed_chain: the chain value at that position; folded
-- over the rows of recent_events it must give the value that the file log.mark holds for its newest commit.
CREATE TABLE log_properties (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO log_properties (name, value) VALUES
    ('incarnation', lower(hex(randomblob(8)))), ('trimmed_position', '0'), ('trimmed_chain', '0');

-- What an auditor reads: SELECT * FROM events WHERE session = 'demo' ORDER BY "offset".
CREATE VIEW events AS
SELECT s.name AS session, e."offset", e.position,
    strftime('%Y-%m-%dT%H:%M:%S', e.at / 1000000, 'unixepoch') || printf('.%06dZ', e.at % 1000000) AS at,
    coalesce(k.name, 'kind.' || e.kind) AS kind, e.v, e.cause, e.body
FROM sessions AS s
    JOIN settled_events AS e ON e.session = s.id
    LEFT JOIN kinds AS k ON k.id = e.kind
UNION ALL
SELECT s.name AS session, e."offset", e.position,
    strftime('%Y-%m-%dT%H:%M:%S', e.at / 1000000, 'unixepoch') || printf('.%06dZ', e.at % 1000000) AS at,
    coalesce(k.name, 'kind.' || e.kind) AS kind, e.v, e.cause, e.body
FROM recent_events AS e
    JOIN sessions AS s ON s.id = e.session
    LEFT JOIN kinds AS k ON k.id = e.kind
WHERE e."offset" > coalesce((SELECT max(t."offset") FROM settled_events AS t WHERE t.session = e.session), 0);
