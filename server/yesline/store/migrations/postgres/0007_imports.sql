-- How far files of subscribers have been taken in, so that an import that was cut off goes on.
CREATE TABLE import_job (
  id TEXT COLLATE "C" PRIMARY KEY,
  digest TEXT COLLATE "C" NOT NULL,
  file TEXT COLLATE "C" NOT NULL,
  group_id TEXT COLLATE "C" NOT NULL,
  rows_done BIGINT NOT NULL,
  bytes_done BIGINT NOT NULL,
  refused BIGINT NOT NULL,
  started_at BIGINT NOT NULL,
  ended_at BIGINT NOT NULL
);
CREATE INDEX import_job_of ON import_job (digest, group_id);
