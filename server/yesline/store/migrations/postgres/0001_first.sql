-- Keys have COLLATE "C": they are compared as bytes, as in SQLite, whatever the language of the database.
CREATE TABLE subject (
  id TEXT COLLATE "C" PRIMARY KEY,
  tag TEXT COLLATE "C" UNIQUE,
  phone TEXT,
  created_at BIGINT NOT NULL,
  events BIGINT NOT NULL,
  head TEXT NOT NULL
);

CREATE TABLE subscription (
  subject_id TEXT COLLATE "C" NOT NULL REFERENCES subject (id),
  group_id TEXT COLLATE "C" NOT NULL,
  state TEXT NOT NULL,
  previous TEXT NOT NULL,
  since BIGINT NOT NULL,
  PRIMARY KEY (subject_id, group_id)
);

CREATE TABLE prompt (
  id TEXT COLLATE "C" PRIMARY KEY,
  subject_id TEXT COLLATE "C" NOT NULL REFERENCES subject (id),
  group_id TEXT COLLATE "C" NOT NULL,
  sender TEXT COLLATE "C" NOT NULL,
  purpose TEXT NOT NULL,
  language TEXT NOT NULL,
  methods TEXT NOT NULL,
  host TEXT NOT NULL,
  submission_id TEXT COLLATE "C",
  state TEXT NOT NULL,
  generation BIGINT NOT NULL,
  tries BIGINT NOT NULL,
  opened_at BIGINT NOT NULL,
  code_until BIGINT NOT NULL,
  closes_at BIGINT NOT NULL
);
CREATE INDEX prompt_open ON prompt (subject_id) WHERE state = 'open';
CREATE INDEX prompt_closing ON prompt (closes_at) WHERE state = 'open';

CREATE TABLE submission (
  id TEXT COLLATE "C" PRIMARY KEY,
  form_id TEXT COLLATE "C" NOT NULL,
  version TEXT COLLATE "C" NOT NULL,
  subject_id TEXT COLLATE "C" NOT NULL REFERENCES subject (id),
  prompt_id TEXT COLLATE "C" NOT NULL REFERENCES prompt (id),
  digest TEXT NOT NULL,
  resend_at BIGINT NOT NULL,
  created_at BIGINT NOT NULL
);

CREATE TABLE text (
  id TEXT COLLATE "C" PRIMARY KEY,
  kind TEXT NOT NULL,
  state TEXT NOT NULL,
  subject_id TEXT COLLATE "C" NOT NULL REFERENCES subject (id),
  group_id TEXT COLLATE "C" NOT NULL,
  sender TEXT COLLATE "C" NOT NULL,
  prompt_id TEXT COLLATE "C" REFERENCES prompt (id),
  generation BIGINT NOT NULL,
  language TEXT NOT NULL,
  priority BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  due_at BIGINT NOT NULL,
  drop_at BIGINT NOT NULL,
  tried_at BIGINT NOT NULL,
  tries BIGINT NOT NULL,
  reason TEXT NOT NULL,
  vendor_id TEXT NOT NULL,
  body TEXT NOT NULL
);
CREATE INDEX text_due ON text (sender, priority, due_at) WHERE state = 'queued';
CREATE INDEX text_next ON text (due_at) WHERE state = 'queued';
CREATE INDEX text_waiting ON text (subject_id) WHERE state = 'queued';
CREATE INDEX text_sending ON text (tried_at) WHERE state = 'sending';

CREATE TABLE suppression (
  tag TEXT COLLATE "C" PRIMARY KEY,
  stopped_at BIGINT NOT NULL,
  lifted_at BIGINT NOT NULL,
  source TEXT NOT NULL
);

CREATE TABLE limit_counter (
  key TEXT COLLATE "C" PRIMARY KEY,
  hits TEXT NOT NULL,
  expires_at BIGINT NOT NULL
);

CREATE TABLE event (
  subject_id TEXT COLLATE "C" NOT NULL REFERENCES subject (id),
  seq BIGINT NOT NULL,
  at BIGINT NOT NULL,
  kind TEXT NOT NULL,
  source TEXT NOT NULL,
  group_id TEXT COLLATE "C" NOT NULL,
  before TEXT NOT NULL,
  after TEXT NOT NULL,
  digests TEXT NOT NULL,
  prev TEXT NOT NULL,
  hash TEXT NOT NULL,
  PRIMARY KEY (subject_id, seq)
);

CREATE TABLE event_facts (
  subject_id TEXT COLLATE "C" NOT NULL,
  seq BIGINT NOT NULL,
  facts TEXT NOT NULL,
  PRIMARY KEY (subject_id, seq),
  FOREIGN KEY (subject_id, seq) REFERENCES event (subject_id, seq)
);

CREATE TABLE form_version (
  version TEXT COLLATE "C" PRIMARY KEY,
  form_id TEXT COLLATE "C" NOT NULL,
  content TEXT NOT NULL,
  created_at BIGINT NOT NULL
);

CREATE TABLE form (
  id TEXT COLLATE "C" PRIMARY KEY,
  version TEXT COLLATE "C" NOT NULL REFERENCES form_version (version),
  applied_at BIGINT NOT NULL
);

CREATE TABLE subscription_group (
  id TEXT COLLATE "C" PRIMARY KEY,
  content TEXT NOT NULL,
  applied_at BIGINT NOT NULL
);

CREATE TABLE showing (
  form_id TEXT COLLATE "C" NOT NULL,
  day BIGINT NOT NULL,
  event TEXT COLLATE "C" NOT NULL,
  count BIGINT NOT NULL,
  PRIMARY KEY (form_id, day, event)
);

CREATE TABLE brand (
  id BIGINT PRIMARY KEY CHECK (id = 1),
  content TEXT NOT NULL
);
