-- Standby processes: who writes a stream holds a lease on it, which it renews while it lives. The fence stays what keeps
-- an old writer out; the lease only says when somebody else may take its place.
ALTER TABLE duban.stream
    ADD COLUMN holder       integer,                 -- process id of the writer's backend; null when it gave the stream back
    ADD COLUMN holder_since timestamptz,             -- when that backend started, since process ids come again
    ADD COLUMN lease        timestamptz,             -- until when nobody else may take the stream while that backend lives
    ADD COLUMN lease_ms     bigint NOT NULL DEFAULT 0 CHECK (lease_ms >= 0); -- from one renewal

DROP FUNCTION duban.stream_claim(smallint);

-- The part of a claim that changes the row. Fails, without a row, when somebody has claimed the stream since it was looked at.
CREATE FUNCTION duban.stream_take(stream_id smallint, seen_fence bigint, since timestamptz, lease_length_ms bigint)
    RETURNS TABLE (fence bigint, head bigint, digest bytea, received timestamptz, incarnation uuid)
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    UPDATE duban.stream AS s
    SET fence = s.fence + 1, holder = pg_backend_pid(), holder_since = since, lease_ms = lease_length_ms,
        lease = clock_timestamp() + lease_length_ms * interval '1 millisecond'
    WHERE s.id = stream_id AND s.writer = session_user AND s.fence = seen_fence
    RETURNING s.fence, s.head, s.digest, s.received, s.incarnation
$$;

-- Makes the caller the stream's writer, unless another holds it: one whose backend lives, and whose lease has not run out
-- for longer than patience_ms or whose backend is at work (then the server is slow, and not the writer). A backend that
-- is in the way is ended; so is the caller's own from before, which my_fence tells: the last fence that the caller had.
-- What follows waits for the writer's last transaction, and sees its outcome. One row, of the stream as it is, when
-- the caller may write it at all. Runs with the rights of the role, which may see and end its own backends.
CREATE FUNCTION duban.stream_claim(stream_id smallint, my_fence bigint, lease_length_ms bigint, patience_ms bigint)
    RETURNS TABLE (claimed boolean, fence bigint, head bigint, digest bytea, received timestamptz, incarnation uuid)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    seen    record;
    backend record;
    since   timestamptz;
BEGIN
    SELECT s.*, s.lease + patience_ms * interval '1 millisecond' > clock_timestamp() AS leased INTO seen
    FROM duban.stream AS s WHERE s.id = stream_id AND s.writer = session_user;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    SELECT a.pid, a.state = 'active' AND a.wait_event_type IS DISTINCT FROM 'Client' AS working INTO backend
    FROM pg_stat_activity AS a
    WHERE a.pid = seen.holder AND a.backend_start = seen.holder_since AND a.pid <> pg_backend_pid();
    IF FOUND THEN
        IF seen.fence <> my_fence AND (seen.leased OR backend.working) THEN
            RETURN QUERY SELECT false, seen.fence, seen.head, seen.digest, seen.received, seen.incarnation;
            RETURN;
        END IF;
        PERFORM pg_terminate_backend(backend.pid);
    END IF;
    SELECT a.backend_start INTO since FROM pg_stat_activity AS a WHERE a.pid = pg_backend_pid();
    RETURN QUERY SELECT true, t.* FROM duban.stream_take(stream_id, seen.fence, since, lease_length_ms) AS t;
    IF NOT FOUND THEN -- another was quicker
        RETURN QUERY SELECT false, s.fence, s.head, s.digest, s.received, s.incarnation
                     FROM duban.stream AS s WHERE s.id = stream_id;
    END IF;
END
$$;

-- Renews the lease; false when another has claimed the stream. Nothing is lost with a lease, so that it need not reach the
-- disk, nor a synchronous standby that is away.
CREATE FUNCTION duban.stream_renew(stream_id smallint, my_fence bigint) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    SET LOCAL synchronous_commit = off;
    UPDATE duban.stream SET lease = clock_timestamp() + lease_ms * interval '1 millisecond'
    WHERE id = stream_id AND writer = session_user AND fence = my_fence;
    RETURN FOUND;
END
$$;

-- Gives the stream back, so that a standby need not wait until the lease has run out.
CREATE FUNCTION duban.stream_release(stream_id smallint, my_fence bigint) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    UPDATE duban.stream SET holder = NULL, holder_since = NULL, lease = NULL
    WHERE id = stream_id AND writer = session_user AND fence = my_fence
$$;

-- As before, and every append renews the lease.
CREATE OR REPLACE FUNCTION duban.stream_append(stream_id smallint, my_fence bigint, old_head bigint, new_head bigint,
                                               new_digest bytea, new_received timestamptz)
    RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    UPDATE duban.stream SET head = new_head, digest = new_digest, received = new_received,
        lease = clock_timestamp() + lease_ms * interval '1 millisecond'
    WHERE id = stream_id AND writer = session_user AND fence = my_fence AND head = old_head AND new_head >= old_head;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'this writer no longer owns the stream' USING ERRCODE = 'DB001';
    END IF;
END
$$;

REVOKE EXECUTE ON FUNCTION duban.stream_claim, duban.stream_take, duban.stream_renew, duban.stream_release FROM PUBLIC;
GRANT EXECUTE ON FUNCTION duban.stream_claim, duban.stream_take, duban.stream_renew, duban.stream_release
    TO duban_ingest, duban_metrics, duban_notify;

-- No object of a schema that others may write to is ever meant.
ALTER ROLE duban_ingest SET search_path = pg_catalog, pg_temp;
ALTER ROLE duban_metrics SET search_path = pg_catalog, pg_temp;
ALTER ROLE duban_notify SET search_path = pg_catalog, pg_temp;
