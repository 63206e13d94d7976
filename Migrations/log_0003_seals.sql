-- Evidence: what lets an auditor who trusts nobody see that events were changed, removed or added.
--
-- A seal says what the chain of a session was at an offset (Sources/Evidence/Seal.swift has the bytes). Seals are numbered
-- without a gap: they are the leaves of one Merkle tree over the whole log. Between two seals a row costs no hash of its
-- own but two bytes, the first of its leaf, which tell the place of a change; they prove nothing by themselves.
CREATE TABLE seals (
    number INTEGER PRIMARY KEY CHECK (number >= 0),
    session INTEGER NOT NULL,
    "offset" INTEGER NOT NULL CHECK ("offset" > 0),
    chain BLOB NOT NULL CHECK (length(chain) = 32),
    fingerprints BLOB NOT NULL,
    UNIQUE (session, "offset")
) STRICT;

-- The secrets from which the salts of a session's leaves come (Sources/Evidence/SessionSalts.swift). An erasure destroys
-- them: what is left of the leaves then says nothing about what was erased.
CREATE TABLE session_salts (
    session INTEGER NOT NULL,
    first_offset INTEGER NOT NULL CHECK (first_offset > 0),
    derived INTEGER NOT NULL CHECK (derived IN (0, 1)),
    secret BLOB NOT NULL,
    PRIMARY KEY (session, first_offset)
) STRICT, WITHOUT ROWID;

-- The leaves of erased events, without which the chain could not be followed past them.
CREATE TABLE erased_leaves (
    session INTEGER NOT NULL,
    "offset" INTEGER NOT NULL CHECK ("offset" > 0),
    leaf BLOB NOT NULL CHECK (length(leaf) = 32),
    PRIMARY KEY (session, "offset")
) STRICT, WITHOUT ROWID;

ALTER TABLE sessions ADD COLUMN erased INTEGER NOT NULL DEFAULT 0 CHECK (erased IN (0, 1));

-- tree: the size of the tree and the roots of its whole subtrees, so that a start need not hash every seal.
-- sealing: on while every settled event is sealed; a start that finds it off seals what is not.
INSERT INTO log_properties (name, value) VALUES ('tree', '0'), ('sealing', 'off');
