-- What a person has decided about an event that was kept aside: who, when, why, and where a released one went in the log.
ALTER TABLE duban.quarantine
    ADD COLUMN sender     text NOT NULL DEFAULT '',  -- who submitted it; empty when that is not known
    ADD COLUMN state      text COLLATE "C" NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'released', 'discarded')),
    ADD COLUMN decided    timestamptz,
    ADD COLUMN decided_by text,
    ADD COLUMN why        text,
    ADD COLUMN sequence   bigint,                    -- in the stream updates
    ADD CHECK ((state = 'waiting') = (decided IS NULL)),
    ADD CHECK ((state = 'waiting') = (decided_by IS NULL)),
    ADD CHECK ((state = 'waiting') = (why IS NULL)),
    ADD CHECK ((state = 'released') = (sequence IS NOT NULL));
CREATE INDEX quarantine_waiting ON duban.quarantine (number) WHERE state = 'waiting';

-- ingest keeps aside, and cannot decide, not even for what it keeps. Nobody but the owner updates.
REVOKE INSERT ON duban.quarantine FROM duban_ingest;
GRANT INSERT (source, id, content, code, field, detail, received, body, sender) ON duban.quarantine TO duban_ingest;

-- A decision is made once, and nothing else about a row changes.
CREATE FUNCTION duban.refuse_second_decision() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF OLD.state = 'waiting' AND NEW.state <> 'waiting'
            AND (OLD.number, OLD.source, OLD.id, OLD.content, OLD.code, OLD.field, OLD.detail, OLD.received, OLD.body, OLD.sender)
              = (NEW.number, NEW.source, NEW.id, NEW.content, NEW.code, NEW.field, NEW.detail, NEW.received, NEW.body, NEW.sender)
        THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'what was kept aside is only decided about, and once' USING ERRCODE = 'DB003';
END
$$;
CREATE TRIGGER decided_once BEFORE UPDATE OR DELETE ON duban.quarantine
    FOR EACH ROW EXECUTE FUNCTION duban.refuse_second_decision();
CREATE TRIGGER never_emptied BEFORE TRUNCATE ON duban.quarantine
    FOR EACH STATEMENT EXECUTE FUNCTION duban.refuse_second_decision();
