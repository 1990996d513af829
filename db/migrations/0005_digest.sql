-- Which algorithm the digest chains of this log use.
ALTER TABLE duban.stream
    ADD COLUMN digest_algorithm text COLLATE "C" NOT NULL DEFAULT 'sha256' CHECK (digest_algorithm IN ('sha256', 'sm3'));

-- Chooses it, which is for the owner, and only while the log is empty, since every digest covers the one before. False when it is not.
-- A writer that has claimed its stream computes by what it has found: it is displaced, and claims anew.
CREATE FUNCTION duban.choose_digest(algorithm text) RETURNS boolean LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM FROM duban.stream ORDER BY id FOR UPDATE;
    IF NOT EXISTS (SELECT FROM duban.stream WHERE digest_algorithm <> algorithm) THEN
        RETURN true;
    ELSIF EXISTS (SELECT FROM duban.stream WHERE head > 0) THEN
        RETURN false;
    END IF;
    UPDATE duban.stream SET digest_algorithm = algorithm, fence = fence + 1;
    RETURN true;
END
$$;
REVOKE EXECUTE ON FUNCTION duban.choose_digest FROM PUBLIC;
