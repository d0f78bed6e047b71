-- Clocks step back: whether something was applied is told by a count, not by a time.
ALTER TABLE brand ADD COLUMN applies BIGINT NOT NULL DEFAULT 0;
