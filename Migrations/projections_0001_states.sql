-- Read models: the stored fold of each session and the offset it was folded to. Delete the file and it is made anew.

CREATE TABLE states (
    session TEXT NOT NULL,
    projection TEXT NOT NULL,
    version INTEGER NOT NULL,
    checkpoint INTEGER NOT NULL CHECK (checkpoint >= 0),
    state TEXT NOT NULL CHECK (json_valid(state)),
    PRIMARY KEY (session, projection)
) STRICT, WITHOUT ROWID;
