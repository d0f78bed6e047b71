-- Events out: what happened, in the order in which it is told, and whom it is told. How much of a chain is in the feed stands with its subject,
-- so that nothing is asked of the clerk; what happened before is fed in the background.
ALTER TABLE subject ADD COLUMN fed BIGINT NOT NULL DEFAULT 0;
CREATE INDEX subject_unfed ON subject (id) WHERE fed < events;

CREATE TABLE feed (
  seq BIGINT PRIMARY KEY,
  subject_id TEXT COLLATE "C" NOT NULL,
  event_seq BIGINT NOT NULL,
  type TEXT NOT NULL,
  at BIGINT NOT NULL
);

CREATE TABLE webhook_endpoint (
  id TEXT COLLATE "C" PRIMARY KEY,
  url TEXT NOT NULL,
  types TEXT NOT NULL,
  secret TEXT NOT NULL,
  old_secret TEXT NOT NULL,
  old_until BIGINT NOT NULL,
  state TEXT NOT NULL,
  reason TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  changed_at BIGINT NOT NULL
);

CREATE TABLE webhook_delivery (
  id TEXT COLLATE "C" PRIMARY KEY,
  endpoint_id TEXT COLLATE "C" NOT NULL REFERENCES webhook_endpoint (id),
  feed_seq BIGINT NOT NULL,
  subject_id TEXT COLLATE "C" NOT NULL,
  state TEXT NOT NULL,
  due_at BIGINT NOT NULL,
  tries BIGINT NOT NULL,
  status BIGINT NOT NULL,
  reason TEXT NOT NULL,
  told_at BIGINT NOT NULL,
  UNIQUE (endpoint_id, feed_seq)
);
CREATE INDEX webhook_due ON webhook_delivery (endpoint_id, due_at, feed_seq) WHERE state = 'waiting';
CREATE INDEX webhook_first ON webhook_delivery (endpoint_id, subject_id, feed_seq) WHERE state = 'waiting';
