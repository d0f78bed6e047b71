-- People as the product's back end knows them, and e-mail addresses that are subjects as numbers are.
ALTER TABLE subject ADD COLUMN email TEXT NOT NULL DEFAULT '';

CREATE TABLE profile (
  id TEXT PRIMARY KEY,
  external_id TEXT UNIQUE,
  phone TEXT,
  tag TEXT,
  email TEXT,
  email_tag TEXT,
  attributes TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX profile_phone ON profile (tag) WHERE tag IS NOT NULL;
CREATE INDEX profile_email ON profile (email_tag) WHERE email_tag IS NOT NULL;

CREATE TABLE profile_alias (
  key TEXT PRIMARY KEY,
  label TEXT NOT NULL,
  name TEXT NOT NULL,
  profile_id TEXT NOT NULL REFERENCES profile (id)
) WITHOUT ROWID;
CREATE INDEX profile_alias_of ON profile_alias (profile_id);

CREATE TABLE profile_event (
  id TEXT PRIMARY KEY,
  profile_id TEXT NOT NULL REFERENCES profile (id),
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  at INTEGER NOT NULL,
  properties TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX profile_event_of ON profile_event (profile_id, at);
