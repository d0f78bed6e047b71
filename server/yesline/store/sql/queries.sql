-- Named statements for both engines; "(sqlite)" or "(postgres)" behind a name says that the statement is for one of them.
-- {Row} stands for a row's columns in the order of its struct, "= ANY (?1)" for membership in a list given as one parameter.

-- name: submissions_by_id
SELECT {Submission} FROM submission WHERE id = ANY (?1)

-- name: prompts_by_id
SELECT {Prompt} FROM prompt WHERE id = ANY (?1)

-- name: texts_by_id
SELECT {Text} FROM text WHERE id = ANY (?1)

-- name: prompts_of_submissions
SELECT {Prompt} FROM prompt WHERE id IN (SELECT prompt_id FROM submission WHERE id = ANY (?1))

-- name: prompts_of_texts
SELECT {Prompt} FROM prompt WHERE id IN (SELECT prompt_id FROM text WHERE id = ANY (?1))

-- name: texts_due (sqlite)
-- The next texts of one sender, the most pressing first.
SELECT {Text} FROM text WHERE state = 'queued' AND sender = ?1 AND due_at <= ?2 ORDER BY priority, due_at LIMIT ?3

-- name: texts_cut_off (sqlite)
SELECT {Text} FROM text WHERE state = 'sending' ORDER BY tried_at LIMIT ?1

-- name: prompts_overdue (sqlite)
SELECT {Prompt} FROM prompt WHERE state = 'open' AND closes_at <= ?1 ORDER BY closes_at LIMIT ?2

-- name: lease_due (postgres)
-- The next texts of one sender whose numbers nobody else is at work on, the most pressing first; their numbers are locked.
SELECT text.id, subject.id FROM text JOIN subject ON subject.id = text.subject_id
WHERE text.state = 'queued' AND text.sender = ?1 AND text.due_at <= ?2
ORDER BY text.priority, text.due_at LIMIT ?3 FOR UPDATE OF subject SKIP LOCKED

-- name: lease_cut_off (postgres)
SELECT text.id, subject.id FROM text JOIN subject ON subject.id = text.subject_id
WHERE text.state = 'sending' ORDER BY text.tried_at LIMIT ?1 FOR UPDATE OF subject SKIP LOCKED

-- name: lease_overdue (postgres)
SELECT prompt.id, subject.id FROM prompt JOIN subject ON subject.id = prompt.subject_id
WHERE prompt.state = 'open' AND prompt.closes_at <= ?1
ORDER BY prompt.closes_at LIMIT ?2 FOR UPDATE OF subject SKIP LOCKED

-- name: lock_subjects (postgres)
-- The numbers that tags (1), submissions (2), prompts (3), texts (4), ids (5) and review items (6) lead to, locked one after the
-- other in the order of their ids.
SELECT {Subject} FROM subject WHERE id IN (
  SELECT id FROM subject WHERE tag = ANY (?1)
  UNION SELECT subject_id FROM submission WHERE id = ANY (?2)
  UNION SELECT subject_id FROM prompt WHERE id = ANY (?3)
  UNION SELECT subject_id FROM text WHERE id = ANY (?4)
  UNION SELECT unnest(?5::text[])
  UNION SELECT subject_id FROM review_item WHERE id = ANY (?6)
) ORDER BY id FOR UPDATE

-- name: make_counters (postgres)
-- Rows to lock where there are none yet; another process that makes the same ones is waited for.
INSERT INTO limit_counter (key, hits, expires_at) SELECT key, '[]', ?2 FROM unnest(?1::text[]) AS key ORDER BY key ON CONFLICT DO NOTHING

-- name: lock_counters (postgres)
SELECT {Hits} FROM limit_counter WHERE key = ANY (?1) ORDER BY key FOR UPDATE

-- name: subjects_by_tag
SELECT {Subject} FROM subject WHERE tag = ANY (?1)

-- name: subjects_by_id
SELECT {Subject} FROM subject WHERE id = ANY (?1)

-- name: subscriptions_of
SELECT {Subscription} FROM subscription WHERE subject_id = ANY (?1)

-- name: open_prompts_of
SELECT {Prompt} FROM prompt WHERE state = 'open' AND subject_id = ANY (?1)

-- name: waiting_texts_of
SELECT {Text} FROM text WHERE state = 'queued' AND subject_id = ANY (?1)

-- name: suppressions_by_tag
SELECT {Suppression} FROM suppression WHERE tag = ANY (?1)

-- name: group_suppressions_by_tag
SELECT {GroupSuppression} FROM group_suppression WHERE tag = ANY (?1)

-- name: reviews_by_id
SELECT {ReviewItem} FROM review_item WHERE id = ANY (?1)

-- name: open_reviews_of
SELECT {ReviewItem} FROM review_item WHERE state = 'open' AND subject_id = ANY (?1)

-- name: invalid_numbers_of
SELECT {InvalidNumber} FROM invalid_number WHERE subject_id = ANY (?1)

-- name: reviews_waiting
-- What a person should look at, with the text and the number: what holds sends first, then the oldest.
SELECT {ReviewItem}, text.body, subject.phone FROM review_item JOIN text ON text.id = review_item.text_id
JOIN subject ON subject.id = review_item.subject_id
WHERE review_item.state = 'open' ORDER BY review_item.holds DESC, review_item.opened_at, review_item.id LIMIT ?1

-- name: numbers_invalid
-- Numbers that carriers found invalid, newest first.
SELECT {InvalidNumber}, subject.phone FROM invalid_number JOIN subject ON subject.id = invalid_number.subject_id
WHERE invalid_number.cleared_at = 0 ORDER BY invalid_number.detected_at DESC, invalid_number.subject_id LIMIT ?1

-- name: cursors
SELECT {Cursor} FROM carrier_cursor

-- name: api_keys
SELECT {ApiKey} FROM api_key ORDER BY created_at, id

-- name: api_key_by_digest
SELECT {ApiKey} FROM api_key WHERE digest = ?1

-- name: coupon_of
-- The code that a number has been given from a pool.
SELECT code FROM coupon WHERE pool = ?1 AND subject_id = ?2 ORDER BY given_at, code LIMIT 1

-- name: give_coupon (postgres)
-- A code that nobody has; those that other processes are giving at this moment are passed over.
UPDATE coupon SET subject_id = ?2, given_at = ?3 WHERE pool = ?1 AND code = (
  SELECT code FROM coupon WHERE pool = ?1 AND subject_id IS NULL ORDER BY code LIMIT 1 FOR UPDATE SKIP LOCKED
) RETURNING code

-- name: give_coupon (sqlite)
-- A code that nobody has.
UPDATE coupon SET subject_id = ?2, given_at = ?3 WHERE pool = ?1 AND code = (
  SELECT code FROM coupon WHERE pool = ?1 AND subject_id IS NULL ORDER BY code LIMIT 1
) RETURNING code

-- name: tell_coupon
UPDATE prompt SET coupon = ?2 WHERE id = ?1

-- name: add_coupons (postgres)
INSERT INTO coupon (pool, code, subject_id, given_at) SELECT ?1, code, NULL, 0 FROM unnest(?2::text[]) AS code
ON CONFLICT DO NOTHING RETURNING code

-- name: add_coupons (sqlite)
INSERT INTO coupon (pool, code, subject_id, given_at) SELECT ?1, value, NULL, 0 FROM json_each(?2) WHERE true
ON CONFLICT DO NOTHING

-- name: coupon_pools
-- Pools, how many codes each has, and how many of them were given.
SELECT pool, count(*), count(subject_id) FROM coupon GROUP BY pool ORDER BY pool

-- name: profiles_by_key (sqlite)
-- The profiles that external ids (1), aliases (2), ids (3), numbers (4) and e-mail addresses (5) lead to.
SELECT {Profile} FROM profile WHERE id IN (
  SELECT id FROM profile WHERE external_id = ANY (?1)
  UNION SELECT profile_id FROM profile_alias WHERE key = ANY (?2)
  UNION SELECT id FROM profile WHERE id = ANY (?3)
  UNION SELECT id FROM profile WHERE tag = ANY (?4)
  UNION SELECT id FROM profile WHERE email_tag = ANY (?5)
) ORDER BY id

-- name: profiles_by_key (postgres)
-- The profiles that external ids (1), aliases (2), ids (3), numbers (4) and e-mail addresses (5) lead to, locked in the order of their ids.
SELECT {Profile} FROM profile WHERE id IN (
  SELECT id FROM profile WHERE external_id = ANY (?1)
  UNION SELECT profile_id FROM profile_alias WHERE key = ANY (?2)
  UNION SELECT id FROM profile WHERE id = ANY (?3)
  UNION SELECT id FROM profile WHERE tag = ANY (?4)
  UNION SELECT id FROM profile WHERE email_tag = ANY (?5)
) ORDER BY id FOR UPDATE

-- name: aliases_of
SELECT {ProfileAlias} FROM profile_alias WHERE profile_id = ANY (?1)

-- name: remove_profile_events
DELETE FROM profile_event WHERE profile_id = ?1

-- name: remove_profile_aliases
DELETE FROM profile_alias WHERE profile_id = ?1

-- name: remove_profile
DELETE FROM profile WHERE id = ?1

-- name: erase_facts
-- What the ledger committed to by digests; the digests stay.
DELETE FROM event_facts WHERE subject_id = ?1

-- name: erase_bodies
UPDATE text SET body = '' WHERE subject_id = ?1

-- name: erase_invalid
DELETE FROM invalid_number WHERE subject_id = ?1

-- name: told_by
-- The facts of a number's events, newest first.
SELECT facts FROM event_facts WHERE subject_id = ?1 ORDER BY seq DESC

-- name: showings_of
-- On which days forms were shown, and how often.
SELECT form_id, day, count FROM showing WHERE event = 'shown' AND form_id = ANY (?1) ORDER BY day

-- name: numbers_of_forms
-- How many numbers these forms have brought since, and how many of them said yes; each counts for the form it was sent from first.
SELECT form_id, count(*), sum(said) FROM (
  SELECT submission.form_id,
    row_number() OVER (PARTITION BY submission.subject_id ORDER BY submission.created_at, submission.id) AS place,
    CAST(max(CASE WHEN prompt.state = 'confirmed' AND prompt.purpose = 'join' THEN 1 ELSE 0 END)
      OVER (PARTITION BY submission.subject_id) AS BIGINT) AS said
  FROM submission JOIN prompt ON prompt.id = submission.prompt_id
  WHERE submission.form_id = ANY (?1) AND submission.created_at >= ?2
) AS sent WHERE place = 1 GROUP BY form_id

-- name: hits_by_key
SELECT {Hits} FROM limit_counter WHERE key = ANY (?1)

-- name: forget_hits (postgres)
-- Counters that no window reaches any more, but for those somebody is counting with.
DELETE FROM limit_counter WHERE key IN (SELECT key FROM limit_counter WHERE expires_at < ?1 FOR UPDATE SKIP LOCKED)

-- name: forget_hits (sqlite)
-- Counters that no window reaches any more.
DELETE FROM limit_counter WHERE expires_at < ?1

-- name: waiting_texts
-- Texts that are to be sent or are being sent. Two indexes that hold no others answer this.
SELECT id FROM (SELECT id FROM text WHERE state = 'queued' UNION ALL SELECT id FROM text WHERE state = 'sending') AS waiting LIMIT ?1

-- name: next_due
-- When the next text of the outbox may go.
SELECT min(due_at) FROM text WHERE state = 'queued'

-- name: add_showings
INSERT INTO showing (form_id, day, event, count) VALUES (?1, ?2, ?3, ?4)
ON CONFLICT (form_id, day, event) DO UPDATE SET count = showing.count + excluded.count

-- name: subjects_between
SELECT {Subject} FROM subject WHERE id > ?1 AND id <= ?2 ORDER BY id LIMIT ?3

-- name: events_between
-- Whole chains with their facts (NULL where erased), subject by subject.
SELECT {Event}, f.facts FROM event LEFT JOIN event_facts f USING (subject_id, seq)
WHERE subject_id >= ?1 AND subject_id <= ?2 ORDER BY subject_id, seq

-- name: events_without_subject
SELECT subject_id, seq FROM event WHERE subject_id NOT IN (SELECT id FROM subject) LIMIT 1

-- name: count_events
SELECT count(*) FROM event

-- name: current_forms
SELECT v.content FROM form JOIN form_version v USING (version) ORDER BY form.id

-- name: form_versions_by_id
SELECT content FROM form_version WHERE version = ?1

-- name: applied_at
-- Changes whenever a form, group or brand is applied. The count is of every apply; the times tell of applies by versions
-- that did not count yet.
SELECT (SELECT coalesce(max(applies), 0) FROM brand) + (SELECT coalesce(max(applied_at), 0) FROM form)
  + (SELECT coalesce(max(applied_at), 0) FROM subscription_group)

-- name: current_groups
SELECT content FROM subscription_group ORDER BY id

-- name: current_brand
SELECT content FROM brand WHERE id = 1

-- name: keep_form_version
INSERT INTO form_version (version, form_id, content, created_at) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING

-- name: use_form_version
INSERT INTO form (id, version, applied_at) VALUES (?1, ?2, ?3)
ON CONFLICT (id) DO UPDATE SET version = excluded.version, applied_at = excluded.applied_at
WHERE form.version <> excluded.version

-- name: use_group
INSERT INTO subscription_group (id, content, applied_at) VALUES (?1, ?2, ?3)
ON CONFLICT (id) DO UPDATE SET content = excluded.content, applied_at = excluded.applied_at
WHERE subscription_group.content <> excluded.content

-- name: use_brand
INSERT INTO brand (id, content, applies) VALUES (1, ?1, 1)
ON CONFLICT (id) DO UPDATE SET content = excluded.content, applies = brand.applies + 1

-- name: newest_events
-- For 'yesline doctor', like those below.
SELECT subject_id, at FROM event ORDER BY at DESC LIMIT ?1

-- name: subject_by_id
SELECT {Subject} FROM subject WHERE id = ?1

-- name: texts_gone_wrong
SELECT state, count(*) FROM text WHERE state IN ('uncertain', 'failed') AND (created_at >= ?1 OR tried_at >= ?1) GROUP BY state

-- name: prompts_left_open
SELECT count(*) FROM prompt WHERE state = 'open' AND closes_at < ?1

-- name: server_clock (postgres)
SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint

-- name: connections (postgres)
SELECT count(*), current_setting('max_connections')::bigint FROM pg_stat_activity WHERE backend_type = 'client backend'
