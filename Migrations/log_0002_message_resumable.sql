-- A new kind of event: how the rest of a message can be had from its upstream after a crash of the server. It is recorded
-- among the message's tokens, before those that follow the place it names.

INSERT INTO kinds (id, name) VALUES (24, 'message.resumable');
