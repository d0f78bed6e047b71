-- Events out: what happened, in the order in which it is told, and whom it is told. How much of a chain is in the feed stands with its subject,
-- so that nothing is asked of the clerk; what happened before is fed in the background.
ALTER TABLE subject ADD COLUMN fed INTEGER NOT NULL DEFAULT 0;
CREATE INDEX subject_unfed ON subject (id) WHERE fed < events;

CREATE TABLE feed (
  seq INTEGER PRIMARY KEY,
  subject_id TEXT NOT NULL,
  event_seq INTEGER NOT NULL,
  type TEXT NOT NULL,
  at INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE webhook_endpoint (
  id TEXT PRIMARY KEY,
  url TEXT NOT NULL,
  types TEXT NOT NULL,
  secret TEXT NOT NULL,
  old_secret TEXT NOT NULL,
  old_until INTEGER NOT NULL,
  state TEXT NOT NULL,
  reason TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  changed_at INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE webhook_delivery (
  id TEXT PRIMARY KEY,
  endpoint_id TEXT NOT NULL REFERENCES webhook_endpoint (id),
  feed_seq INTEGER NOT NULL,
  subject_id TEXT NOT NULL,
  state TEXT NOT NULL,
  due_at INTEGER NOT NULL,
  tries INTEGER NOT NULL,
  status INTEGER NOT NULL,
  reason TEXT NOT NULL,
  told_at INTEGER NOT NULL,
  UNIQUE (endpoint_id, feed_seq)
) WITHOUT ROWID;
CREATE INDEX webhook_due ON webhook_delivery (endpoint_id, due_at, feed_seq) WHERE state = 'waiting';
CREATE INDEX webhook_first ON webhook_delivery (endpoint_id, subject_id, feed_seq) WHERE state = 'waiting';
