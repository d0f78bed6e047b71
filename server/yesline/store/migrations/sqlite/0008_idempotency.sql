-- Answers kept for calls that are sent again, and what the lists of subscribers, submissions and texts are read by.
CREATE TABLE idempotency (
  key_id TEXT NOT NULL,
  route TEXT NOT NULL,
  key TEXT NOT NULL,
  digest TEXT NOT NULL,
  status INTEGER NOT NULL,
  body TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (key_id, route, key)
) WITHOUT ROWID;
CREATE INDEX idempotency_at ON idempotency (at);
CREATE INDEX subscription_in ON subscription (group_id, state, subject_id);
CREATE INDEX submission_newest ON submission (created_at, id);
CREATE INDEX submission_of_form ON submission (form_id, created_at, id);
CREATE INDEX text_newest ON text (created_at, id);
CREATE INDEX text_of ON text (subject_id, created_at, id);
CREATE INDEX form_version_of ON form_version (form_id, created_at);
