-- What became of texts goes into the feed, and the feed to other systems. Which state of a text the feed has stands with the text, so that nothing is
-- asked of the clerk; the index is empty while all is told. What became of texts before is fed in the background.
ALTER TABLE text ADD COLUMN fed TEXT NOT NULL DEFAULT '';
CREATE INDEX text_unfed ON text (id) WHERE state IN ('delivered', 'failed', 'rejected') AND fed <> state;
ALTER TABLE feed ADD COLUMN text_id TEXT NOT NULL DEFAULT '';
ALTER TABLE webhook_endpoint ADD COLUMN kind TEXT NOT NULL DEFAULT 'webhook';
ALTER TABLE webhook_endpoint ADD COLUMN options TEXT NOT NULL DEFAULT '{}';
