-- Run before every migration: where the applied ones are written down. Not counted among them.
SET client_min_messages = warning;
CREATE SCHEMA IF NOT EXISTS duban;
CREATE TABLE IF NOT EXISTS duban.migration (
    number   integer PRIMARY KEY,
    name     text NOT NULL,
    checksum bytea NOT NULL CHECK (octet_length(checksum) = 32),
    applied  timestamptz NOT NULL DEFAULT now()
);
