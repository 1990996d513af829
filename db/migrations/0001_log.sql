-- The log: three streams, their heads, and the events. Everything else in this schema is derived from it.
CREATE TABLE duban.stream (
    id          smallint PRIMARY KEY,
    name        text COLLATE "C" NOT NULL UNIQUE,
    writer      name NOT NULL,                       -- the one role that may append
    head        bigint NOT NULL DEFAULT 0 CHECK (head >= 0),
    digest      bytea NOT NULL DEFAULT decode(repeat('00', 32), 'hex') CHECK (octet_length(digest) = 32),
    received    timestamptz,                         -- of the event at head
    fence       bigint NOT NULL DEFAULT 0,           -- counts writers; only the newest may append
    incarnation uuid NOT NULL DEFAULT gen_random_uuid()
);

DO $$
DECLARE
    role text;
BEGIN
    FOREACH role IN ARRAY ARRAY['duban_ingest', 'duban_metrics', 'duban_notify'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN
            EXECUTE format('CREATE ROLE %I LOGIN', role);
        END IF;
        EXECUTE format('GRANT USAGE ON SCHEMA duban TO %I', role);
        EXECUTE format('GRANT SELECT ON duban.migration TO %I', role);
    END LOOP;
END
$$;

INSERT INTO duban.stream (id, name, writer) VALUES
    (1, 'updates', 'duban_ingest'),
    (2, 'indicators', 'duban_metrics'),
    (3, 'alerts', 'duban_notify');
UPDATE duban.stream SET incarnation = (SELECT incarnation FROM duban.stream WHERE id = 1);

-- One partition for each stream, so that a role can be given one of them only, and a stream can be cut further by sequence.
CREATE TABLE duban.event (
    stream   smallint NOT NULL,
    sequence bigint NOT NULL CHECK (sequence > 0),
    source   text COLLATE "C" NOT NULL,
    id       text COLLATE "C" NOT NULL,
    type     text COLLATE "C" NOT NULL,
    topic    text COLLATE "C" NOT NULL,
    received timestamptz NOT NULL,                   -- the same for all events of one transaction, rising from one to the next
    digest   bytea NOT NULL CHECK (octet_length(digest) = 32),
    body     bytea NOT NULL,                         -- the CloudEvent, as it is published
    PRIMARY KEY (stream, sequence),
    UNIQUE (stream, source, id)
) PARTITION BY LIST (stream);
CREATE TABLE duban.event_updates PARTITION OF duban.event FOR VALUES IN (1);
CREATE TABLE duban.event_indicators PARTITION OF duban.event FOR VALUES IN (2);
CREATE TABLE duban.event_alerts PARTITION OF duban.event FOR VALUES IN (3);

-- Few events define what the others are checked against; ingest reads only these when it starts.
CREATE INDEX event_updates_registry ON duban.event_updates (sequence)
    WHERE type NOT IN ('duban.v1.MeasurementReported', 'duban.v1.MilestoneReached', 'duban.v1.UpdateWithdrawn');

CREATE FUNCTION duban.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the log is only added to' USING ERRCODE = 'DB002';
END
$$;
CREATE TRIGGER only_added_to BEFORE UPDATE OR DELETE ON duban.event
    FOR EACH ROW EXECUTE FUNCTION duban.refuse_change();
-- Unlike one for rows, a trigger for statements is not passed on to partitions.
CREATE TRIGGER never_emptied BEFORE TRUNCATE ON duban.event
    FOR EACH STATEMENT EXECUTE FUNCTION duban.refuse_change();
CREATE TRIGGER never_emptied BEFORE TRUNCATE ON duban.event_updates
    FOR EACH STATEMENT EXECUTE FUNCTION duban.refuse_change();
CREATE TRIGGER never_emptied BEFORE TRUNCATE ON duban.event_indicators
    FOR EACH STATEMENT EXECUTE FUNCTION duban.refuse_change();
CREATE TRIGGER never_emptied BEFORE TRUNCATE ON duban.event_alerts
    FOR EACH STATEMENT EXECUTE FUNCTION duban.refuse_change();

-- Makes the caller the stream's writer. Waits for a transaction of the writer before, so that what follows sees its outcome.
CREATE FUNCTION duban.stream_claim(stream_id smallint)
    RETURNS TABLE (fence bigint, head bigint, digest bytea, received timestamptz, incarnation uuid)
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    UPDATE duban.stream AS s SET fence = s.fence + 1
    WHERE s.id = stream_id AND s.writer = session_user
    RETURNING s.fence, s.head, s.digest, s.received, s.incarnation
$$;

-- Moves the head, in the transaction that adds the events. Fails for every writer but the one that claimed the stream last.
CREATE FUNCTION duban.stream_append(stream_id smallint, my_fence bigint, old_head bigint, new_head bigint,
                                    new_digest bytea, new_received timestamptz)
    RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    UPDATE duban.stream SET head = new_head, digest = new_digest, received = new_received
    WHERE id = stream_id AND writer = session_user AND fence = my_fence AND head = old_head AND new_head >= old_head;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'this writer no longer owns the stream' USING ERRCODE = 'DB001';
    END IF;
END
$$;

REVOKE EXECUTE ON FUNCTION duban.stream_claim, duban.stream_append FROM PUBLIC;
GRANT EXECUTE ON FUNCTION duban.stream_claim, duban.stream_append TO duban_ingest, duban_metrics, duban_notify;
GRANT SELECT ON duban.stream, duban.event TO duban_ingest, duban_metrics, duban_notify;
GRANT INSERT ON duban.event_updates TO duban_ingest;
GRANT INSERT ON duban.event_indicators TO duban_metrics;
GRANT INSERT ON duban.event_alerts TO duban_notify;

-- What was understood enough to have an identity, and may not be applied. A person decides.
CREATE TABLE duban.quarantine (
    number   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source   text COLLATE "C" NOT NULL,
    id       text COLLATE "C" NOT NULL,
    content  bytea NOT NULL CHECK (octet_length(content) = 32), -- SHA-256 of body
    code     text NOT NULL,
    field    text NOT NULL,
    detail   text NOT NULL,
    received timestamptz NOT NULL,
    body     bytea NOT NULL,                         -- as it was submitted
    UNIQUE (source, id, content)
);
GRANT SELECT, INSERT ON duban.quarantine TO duban_ingest;
