-- Retention: the sessions whose events were deleted as a whole, long after the newest of them. What stays of such a session
-- is its name, its seals, without which the tree could not be made, and here how many events it had: so that none of its
-- offsets is ever given again, and the positions of the log still add up. The session playhead.audit says who did it.
CREATE TABLE pruned_sessions (
    session INTEGER PRIMARY KEY,
    head INTEGER NOT NULL CHECK (head > 0)
) STRICT;
