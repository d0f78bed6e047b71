CREATE TABLE subject (
  id TEXT PRIMARY KEY,
  tag TEXT UNIQUE,
  phone TEXT,
  created_at INTEGER NOT NULL,
  events INTEGER NOT NULL,
  head TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE subscription (
  subject_id TEXT NOT NULL REFERENCES subject (id),
  group_id TEXT NOT NULL,
  state TEXT NOT NULL,
  previous TEXT NOT NULL,
  since INTEGER NOT NULL,
  PRIMARY KEY (subject_id, group_id)
) WITHOUT ROWID;

CREATE TABLE prompt (
  id TEXT PRIMARY KEY,
  subject_id TEXT NOT NULL REFERENCES subject (id),
  group_id TEXT NOT NULL,
  sender TEXT NOT NULL,
  purpose TEXT NOT NULL,
  language TEXT NOT NULL,
  methods TEXT NOT NULL,
  host TEXT NOT NULL,
  submission_id TEXT,
  state TEXT NOT NULL,
  generation INTEGER NOT NULL,
  tries INTEGER NOT NULL,
  opened_at INTEGER NOT NULL,
  code_until INTEGER NOT NULL,
  closes_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX prompt_open ON prompt (subject_id) WHERE state = 'open';
CREATE INDEX prompt_closing ON prompt (closes_at) WHERE state = 'open';

CREATE TABLE submission (
  id TEXT PRIMARY KEY,
  form_id TEXT NOT NULL,
  version TEXT NOT NULL,
  subject_id TEXT NOT NULL REFERENCES subject (id),
  prompt_id TEXT NOT NULL REFERENCES prompt (id),
  digest TEXT NOT NULL,
  resend_at INTEGER NOT NULL,
  created_at INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE text (
  id TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  state TEXT NOT NULL,
  subject_id TEXT NOT NULL REFERENCES subject (id),
  group_id TEXT NOT NULL,
  sender TEXT NOT NULL,
  prompt_id TEXT REFERENCES prompt (id),
  generation INTEGER NOT NULL,
  language TEXT NOT NULL,
  priority INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  due_at INTEGER NOT NULL,
  drop_at INTEGER NOT NULL,
  tried_at INTEGER NOT NULL,
  tries INTEGER NOT NULL,
  reason TEXT NOT NULL,
  vendor_id TEXT NOT NULL,
  body TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX text_due ON text (sender, priority, due_at) WHERE state = 'queued';
CREATE INDEX text_next ON text (due_at) WHERE state = 'queued';
CREATE INDEX text_waiting ON text (subject_id) WHERE state = 'queued';
CREATE INDEX text_sending ON text (tried_at) WHERE state = 'sending';

CREATE TABLE suppression (
  tag TEXT PRIMARY KEY,
  stopped_at INTEGER NOT NULL,
  lifted_at INTEGER NOT NULL,
  source TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE limit_counter (
  key TEXT PRIMARY KEY,
  hits TEXT NOT NULL,
  expires_at INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE event (
  subject_id TEXT NOT NULL REFERENCES subject (id),
  seq INTEGER NOT NULL,
  at INTEGER NOT NULL,
  kind TEXT NOT NULL,
  source TEXT NOT NULL,
  group_id TEXT NOT NULL,
  before TEXT NOT NULL,
  after TEXT NOT NULL,
  digests TEXT NOT NULL,
  prev TEXT NOT NULL,
  hash TEXT NOT NULL,
  PRIMARY KEY (subject_id, seq)
) WITHOUT ROWID;

CREATE TABLE event_facts (
  subject_id TEXT NOT NULL,
  seq INTEGER NOT NULL,
  facts TEXT NOT NULL,
  PRIMARY KEY (subject_id, seq),
  FOREIGN KEY (subject_id, seq) REFERENCES event (subject_id, seq)
) WITHOUT ROWID;

CREATE TABLE form_version (
  version TEXT PRIMARY KEY,
  form_id TEXT NOT NULL,
  content TEXT NOT NULL,
  created_at INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE form (
  id TEXT PRIMARY KEY,
  version TEXT NOT NULL REFERENCES form_version (version),
  applied_at INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE subscription_group (
  id TEXT PRIMARY KEY,
  content TEXT NOT NULL,
  applied_at INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE showing (
  form_id TEXT NOT NULL,
  day INTEGER NOT NULL,
  event TEXT NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (form_id, day, event)
) WITHOUT ROWID;

CREATE TABLE brand (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  content TEXT NOT NULL
);
