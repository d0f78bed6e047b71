-- Codes that are given to whoever says yes, and the prompts that they were given for.
ALTER TABLE prompt ADD COLUMN coupon_pool TEXT NOT NULL DEFAULT '';
ALTER TABLE prompt ADD COLUMN coupon TEXT NOT NULL DEFAULT '';

CREATE TABLE coupon (
  pool TEXT COLLATE "C" NOT NULL,
  code TEXT COLLATE "C" NOT NULL,
  subject_id TEXT COLLATE "C" REFERENCES subject (id),
  given_at BIGINT NOT NULL,
  PRIMARY KEY (pool, code)
);
CREATE INDEX coupon_left ON coupon (pool, code) WHERE subject_id IS NULL;
CREATE INDEX coupon_given ON coupon (subject_id, pool) WHERE subject_id IS NOT NULL;
