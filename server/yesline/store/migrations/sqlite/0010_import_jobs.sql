-- Imports over HTTP: what was asked of each, where it stands, what came of it, and which process is at it. And what is pruned is found by.
ALTER TABLE import_job ADD COLUMN state TEXT NOT NULL DEFAULT '';
ALTER TABLE import_job ADD COLUMN dry_run INTEGER NOT NULL DEFAULT 0;
ALTER TABLE import_job ADD COLUMN asked TEXT NOT NULL DEFAULT '';
ALTER TABLE import_job ADD COLUMN size INTEGER NOT NULL DEFAULT 0;
ALTER TABLE import_job ADD COLUMN subscribed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE import_job ADD COLUMN unsubscribed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE import_job ADD COLUMN refusals INTEGER NOT NULL DEFAULT 0;
ALTER TABLE import_job ADD COLUMN message TEXT NOT NULL DEFAULT '';
ALTER TABLE import_job ADD COLUMN changed_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE import_job ADD COLUMN holder TEXT NOT NULL DEFAULT '';
ALTER TABLE import_job ADD COLUMN held_until INTEGER NOT NULL DEFAULT 0;
CREATE INDEX import_job_newest ON import_job (started_at, id);
CREATE INDEX import_job_open ON import_job (started_at, id) WHERE state IN ('waiting', 'running');
CREATE INDEX webhook_told ON webhook_delivery (told_at) WHERE state IN ('delivered', 'failed');
