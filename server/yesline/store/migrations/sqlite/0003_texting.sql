-- What a text cost and what became of it, the language a number was spoken to in, and what texting needs besides.
ALTER TABLE text ADD COLUMN name TEXT NOT NULL DEFAULT '';
ALTER TABLE text ADD COLUMN code TEXT NOT NULL DEFAULT '';
ALTER TABLE text ADD COLUMN parts INTEGER NOT NULL DEFAULT 0;
ALTER TABLE text ADD COLUMN told_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE subscription ADD COLUMN language TEXT NOT NULL DEFAULT '';

CREATE TABLE group_suppression (
  tag TEXT NOT NULL,
  group_id TEXT NOT NULL,
  stopped_at INTEGER NOT NULL,
  lifted_at INTEGER NOT NULL,
  source TEXT NOT NULL,
  PRIMARY KEY (tag, group_id)
) WITHOUT ROWID;

CREATE TABLE review_item (
  id TEXT PRIMARY KEY,
  subject_id TEXT NOT NULL REFERENCES subject (id),
  group_id TEXT NOT NULL,
  text_id TEXT NOT NULL REFERENCES text (id),
  state TEXT NOT NULL,
  holds INTEGER NOT NULL,
  opened_at INTEGER NOT NULL,
  decided_at INTEGER NOT NULL,
  decided_by TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX review_open ON review_item (subject_id) WHERE state = 'open';
CREATE INDEX review_waiting ON review_item (holds, opened_at) WHERE state = 'open';

CREATE TABLE invalid_number (
  subject_id TEXT PRIMARY KEY REFERENCES subject (id),
  reason TEXT NOT NULL,
  code TEXT NOT NULL,
  detected_at INTEGER NOT NULL,
  cleared_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX invalid_newest ON invalid_number (detected_at) WHERE cleared_at = 0;

CREATE TABLE carrier_cursor (
  carrier TEXT PRIMARY KEY,
  caught_up_at INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE api_key (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  digest TEXT NOT NULL UNIQUE,
  scopes TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  revoked_at INTEGER NOT NULL
) WITHOUT ROWID;
