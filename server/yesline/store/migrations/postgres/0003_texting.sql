-- What a text cost and what became of it, the language a number was spoken to in, and what texting needs besides.
ALTER TABLE text ADD COLUMN name TEXT NOT NULL DEFAULT '';
ALTER TABLE text ADD COLUMN code TEXT NOT NULL DEFAULT '';
ALTER TABLE text ADD COLUMN parts BIGINT NOT NULL DEFAULT 0;
ALTER TABLE text ADD COLUMN told_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE subscription ADD COLUMN language TEXT NOT NULL DEFAULT '';

CREATE TABLE group_suppression (
  tag TEXT COLLATE "C" NOT NULL,
  group_id TEXT COLLATE "C" NOT NULL,
  stopped_at BIGINT NOT NULL,
  lifted_at BIGINT NOT NULL,
  source TEXT NOT NULL,
  PRIMARY KEY (tag, group_id)
);

CREATE TABLE review_item (
  id TEXT COLLATE "C" PRIMARY KEY,
  subject_id TEXT COLLATE "C" NOT NULL REFERENCES subject (id),
  group_id TEXT COLLATE "C" NOT NULL,
  text_id TEXT COLLATE "C" NOT NULL REFERENCES text (id),
  state TEXT NOT NULL,
  holds BIGINT NOT NULL,
  opened_at BIGINT NOT NULL,
  decided_at BIGINT NOT NULL,
  decided_by TEXT NOT NULL
);
CREATE INDEX review_open ON review_item (subject_id) WHERE state = 'open';
CREATE INDEX review_waiting ON review_item (holds, opened_at) WHERE state = 'open';

CREATE TABLE invalid_number (
  subject_id TEXT COLLATE "C" PRIMARY KEY REFERENCES subject (id),
  reason TEXT NOT NULL,
  code TEXT NOT NULL,
  detected_at BIGINT NOT NULL,
  cleared_at BIGINT NOT NULL
);
CREATE INDEX invalid_newest ON invalid_number (detected_at) WHERE cleared_at = 0;

CREATE TABLE carrier_cursor (
  carrier TEXT COLLATE "C" PRIMARY KEY,
  caught_up_at BIGINT NOT NULL
);

CREATE TABLE api_key (
  id TEXT COLLATE "C" PRIMARY KEY,
  name TEXT NOT NULL,
  digest TEXT COLLATE "C" NOT NULL UNIQUE,
  scopes TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  revoked_at BIGINT NOT NULL
);
