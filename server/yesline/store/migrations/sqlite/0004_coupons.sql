-- Codes that are given to whoever says yes, and the prompts that they were given for.
ALTER TABLE prompt ADD COLUMN coupon_pool TEXT NOT NULL DEFAULT '';
ALTER TABLE prompt ADD COLUMN coupon TEXT NOT NULL DEFAULT '';

CREATE TABLE coupon (
  pool TEXT NOT NULL,
  code TEXT NOT NULL,
  subject_id TEXT REFERENCES subject (id),
  given_at INTEGER NOT NULL,
  PRIMARY KEY (pool, code)
) WITHOUT ROWID;
CREATE INDEX coupon_left ON coupon (pool, code) WHERE subject_id IS NULL;
CREATE INDEX coupon_given ON coupon (subject_id, pool) WHERE subject_id IS NOT NULL;
