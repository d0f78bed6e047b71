-- People as the product's back end knows them, and e-mail addresses that are subjects as numbers are.
ALTER TABLE subject ADD COLUMN email TEXT NOT NULL DEFAULT '';

CREATE TABLE profile (
  id TEXT COLLATE "C" PRIMARY KEY,
  external_id TEXT COLLATE "C" UNIQUE,
  phone TEXT COLLATE "C",
  tag TEXT COLLATE "C",
  email TEXT COLLATE "C",
  email_tag TEXT COLLATE "C",
  attributes TEXT COLLATE "C" NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);
CREATE INDEX profile_phone ON profile (tag) WHERE tag IS NOT NULL;
CREATE INDEX profile_email ON profile (email_tag) WHERE email_tag IS NOT NULL;

CREATE TABLE profile_alias (
  key TEXT COLLATE "C" PRIMARY KEY,
  label TEXT COLLATE "C" NOT NULL,
  name TEXT COLLATE "C" NOT NULL,
  profile_id TEXT COLLATE "C" NOT NULL REFERENCES profile (id)
);
CREATE INDEX profile_alias_of ON profile_alias (profile_id);

CREATE TABLE profile_event (
  id TEXT COLLATE "C" PRIMARY KEY,
  profile_id TEXT COLLATE "C" NOT NULL REFERENCES profile (id),
  kind TEXT COLLATE "C" NOT NULL,
  name TEXT COLLATE "C" NOT NULL,
  at BIGINT NOT NULL,
  properties TEXT COLLATE "C" NOT NULL
);
CREATE INDEX profile_event_of ON profile_event (profile_id, at);
