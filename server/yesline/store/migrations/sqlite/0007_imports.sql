-- How far files of subscribers have been taken in, so that an import that was cut off goes on.
CREATE TABLE import_job (
  id TEXT PRIMARY KEY,
  digest TEXT NOT NULL,
  file TEXT NOT NULL,
  group_id TEXT NOT NULL,
  rows_done INTEGER NOT NULL,
  bytes_done INTEGER NOT NULL,
  refused INTEGER NOT NULL,
  started_at INTEGER NOT NULL,
  ended_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX import_job_of ON import_job (digest, group_id);
