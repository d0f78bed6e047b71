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

-- name: lock_people (postgres)
-- The profiles that external ids (1), aliases (2), ids (3), numbers (4) and e-mail addresses (5) lead to, locked in the order of their ids.
SELECT {Profile} FROM profile WHERE id IN (
  SELECT id FROM profile WHERE external_id = ANY (?1)
  UNION SELECT profile_id FROM profile_alias WHERE key = ANY (?2)
  UNION SELECT id FROM profile WHERE id = ANY (?3)
  UNION SELECT id FROM profile WHERE tag = ANY (?4)
  UNION SELECT id FROM profile WHERE email_tag = ANY (?5)
) ORDER BY id FOR UPDATE

-- name: people_by_key
-- The profiles that external ids (1), aliases (2), ids (3), numbers (4) and e-mail addresses (5) lead to.
SELECT {Profile} FROM profile WHERE id IN (
  SELECT id FROM profile WHERE external_id = ANY (?1)
  UNION SELECT profile_id FROM profile_alias WHERE key = ANY (?2)
  UNION SELECT id FROM profile WHERE id = ANY (?3)
  UNION SELECT id FROM profile WHERE tag = ANY (?4)
  UNION SELECT id FROM profile WHERE email_tag = ANY (?5)
) ORDER BY created_at, id

-- name: states_by_tag
-- Where numbers and addresses stand, group by group.
SELECT subject.tag, subscription.group_id, subscription.state FROM subscription
JOIN subject ON subject.id = subscription.subject_id WHERE subject.tag = ANY (?1)

-- name: happenings_of
-- What people did and bought: when first, when last, and how often.
SELECT profile_id, kind, name, min(at), max(at), count(*) FROM profile_event
WHERE profile_id = ANY (?1) GROUP BY profile_id, kind, name ORDER BY kind, name

-- name: numbers_found_invalid
-- Numbers that carriers found invalid in a time, newest first.
SELECT {InvalidNumber}, subject.phone FROM invalid_number JOIN subject ON subject.id = invalid_number.subject_id
WHERE invalid_number.cleared_at = 0 AND invalid_number.detected_at >= ?1 AND invalid_number.detected_at < ?2
ORDER BY invalid_number.detected_at DESC, invalid_number.subject_id LIMIT ?3 OFFSET ?4

-- name: numbers_invalid_among
-- Those of some numbers that carriers found invalid, newest first.
SELECT {InvalidNumber}, subject.phone FROM invalid_number JOIN subject ON subject.id = invalid_number.subject_id
WHERE invalid_number.cleared_at = 0 AND subject.tag = ANY (?1)
ORDER BY invalid_number.detected_at DESC, invalid_number.subject_id LIMIT ?2 OFFSET ?3

-- name: aliases_of
SELECT {ProfileAlias} FROM profile_alias WHERE profile_id = ANY (?1)

-- name: import_jobs
-- The imports of a file into a group, the newest first; dry runs are none.
SELECT {ImportJob} FROM import_job WHERE digest = ?1 AND group_id = ?2 AND dry_run = 0 ORDER BY started_at DESC, id

-- name: import_job_by_id
SELECT {ImportJob} FROM import_job WHERE id = ?1

-- name: import_jobs_before
SELECT {ImportJob} FROM import_job WHERE (started_at, id) < (?1, ?2) ORDER BY started_at DESC, id DESC LIMIT ?3

-- name: imports_open
-- Imports over HTTP that have not come to an end, oldest first.
SELECT {ImportJob} FROM import_job WHERE state IN ('waiting', 'running') AND asked <> '' ORDER BY started_at, id

-- name: lock_imports (postgres)
-- One process at a time looks whether a file is there already, and keeps a new import.
SELECT pg_advisory_xact_lock(?1)

-- name: lock_imports (sqlite)
SELECT ?1

-- name: put_import
INSERT INTO import_job (id, digest, file, group_id, rows_done, bytes_done, refused, started_at, ended_at, state, dry_run, asked, size,
  subscribed, unsubscribed, refusals, message, changed_at, holder, held_until)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20)
ON CONFLICT (id) DO UPDATE SET state = excluded.state, asked = excluded.asked, size = excluded.size, message = excluded.message,
  changed_at = excluded.changed_at, holder = excluded.holder, held_until = excluded.held_until

-- name: take_import
-- An import in one of these states (5) is this process's (2) until (3), unless another is at it now (4).
UPDATE import_job SET state = 'running', holder = ?2, held_until = ?3, changed_at = ?4
WHERE id = ?1 AND state = ANY (?5) AND (holder = '' OR held_until < ?4) RETURNING id

-- name: keep_import
-- How far an import has come, where this process (2) is still the one that is at it.
UPDATE import_job SET rows_done = ?3, bytes_done = ?4, refused = ?5, subscribed = ?6, unsubscribed = ?7, refusals = ?8, held_until = ?9,
  changed_at = ?10
WHERE id = ?1 AND holder = ?2 AND state = 'running' RETURNING id

-- name: leave_import
-- This process (2) is no longer at it.
UPDATE import_job SET state = ?3, message = ?4, ended_at = ?5, changed_at = ?6, holder = '', held_until = 0
WHERE id = ?1 AND holder = ?2 AND state = 'running' RETURNING id

-- name: cancel_import
UPDATE import_job SET state = 'cancelled', changed_at = ?2, holder = '', held_until = 0
WHERE id = ?1 AND state IN ('waiting', 'running') RETURNING id

-- name: subscribed_after
-- The next numbers and addresses that are in a group, or in any.
SELECT DISTINCT subject_id FROM subscription WHERE subject_id > ?1 AND (?2 = '' OR group_id = ?2) ORDER BY subject_id LIMIT ?3

-- name: profiles_of_tags
-- Whoever has one of these numbers or addresses: of several, the one that is found by it stands last.
SELECT {Profile} FROM profile WHERE id IN (
  SELECT id FROM profile WHERE tag = ANY (?1) UNION SELECT id FROM profile WHERE email_tag = ANY (?1)
) ORDER BY external_id IS NOT NULL, updated_at, id

-- name: consents_of
-- How these numbers were asked and subscribed, with the facts that are left, oldest first.
SELECT event.subject_id, event.group_id, event.kind, event.source, event.at, event_facts.facts
FROM event JOIN event_facts USING (subject_id, seq)
WHERE event.subject_id = ANY (?1) AND (event.kind = 'requested' OR event.after = 'subscribed' AND event.before <> 'subscribed')
ORDER BY event.subject_id, event.seq

-- name: claim_call
-- A call that is answered now: none of that key was, or what is kept of it is over (6), or who answered it is gone (7).
INSERT INTO idempotency (key_id, route, key, digest, status, body, at) VALUES (?1, ?2, ?3, ?4, 0, '', ?5)
ON CONFLICT (key_id, route, key) DO UPDATE SET digest = excluded.digest, status = 0, body = '', at = excluded.at
WHERE idempotency.at < ?6 OR (idempotency.status = 0 AND idempotency.at < ?7)
RETURNING at

-- name: kept_call
SELECT digest, status, body FROM idempotency WHERE key_id = ?1 AND route = ?2 AND key = ?3

-- name: keep_call
UPDATE idempotency SET status = ?5, body = ?6 WHERE key_id = ?1 AND route = ?2 AND key = ?3 AND at = ?4

-- name: release_call
DELETE FROM idempotency WHERE key_id = ?1 AND route = ?2 AND key = ?3 AND at = ?4 AND status = 0

-- name: forget_calls
DELETE FROM idempotency WHERE at < ?1

-- name: subscribers_after
-- Everybody who was not erased.
SELECT {Subject} FROM subject WHERE id > ?1 AND tag IS NOT NULL ORDER BY id LIMIT ?2

-- name: subscribers_in
-- Who is in a state in a group.
SELECT {Subject} FROM subscription JOIN subject ON subject.id = subscription.subject_id
WHERE subscription.group_id = ?1 AND subscription.state = ?2 AND subscription.subject_id > ?3 AND subject.tag IS NOT NULL
ORDER BY subscription.subject_id LIMIT ?4

-- name: subscribers_stopped
-- Who said STOP to the brand, in the order of their tags.
SELECT {Subject} FROM suppression JOIN subject ON subject.tag = suppression.tag
WHERE suppression.lifted_at = 0 AND suppression.tag > ?1 ORDER BY suppression.tag LIMIT ?2

-- name: subscribers_stopped_in
-- Who said STOP to a group alone, or (where it is empty) to any, in the order of their tags.
SELECT {Subject} FROM subject WHERE tag IN (
  SELECT tag FROM group_suppression WHERE lifted_at = 0 AND tag > ?1 AND (?2 = '' OR group_id = ?2)
) ORDER BY tag LIMIT ?3

-- name: profile_by_external_id
SELECT {Profile} FROM profile WHERE external_id = ?1

-- name: history_of
-- A subject's events with their facts (NULL where erased), oldest first.
SELECT {Event}, f.facts FROM event LEFT JOIN event_facts f USING (subject_id, seq)
WHERE subject_id = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3

-- name: submissions_before
-- What forms have brought, newest first.
SELECT {Submission}, prompt.state, subject.phone FROM submission JOIN prompt ON prompt.id = submission.prompt_id
JOIN subject ON subject.id = submission.subject_id
WHERE (submission.created_at, submission.id) < (?1, ?2) ORDER BY submission.created_at DESC, submission.id DESC LIMIT ?3

-- name: submissions_of_form_before
SELECT {Submission}, prompt.state, subject.phone FROM submission JOIN prompt ON prompt.id = submission.prompt_id
JOIN subject ON subject.id = submission.subject_id
WHERE submission.form_id = ?4 AND (submission.created_at, submission.id) < (?1, ?2)
ORDER BY submission.created_at DESC, submission.id DESC LIMIT ?3

-- name: texts_before
-- Texts in and out, newest first.
SELECT {Text}, subject.phone FROM text JOIN subject ON subject.id = text.subject_id
WHERE (text.created_at, text.id) < (?1, ?2) ORDER BY text.created_at DESC, text.id DESC LIMIT ?3

-- name: texts_of_before
SELECT {Text}, subject.phone FROM text JOIN subject ON subject.id = text.subject_id
WHERE text.subject_id = ?4 AND (text.created_at, text.id) < (?1, ?2) ORDER BY text.created_at DESC, text.id DESC LIMIT ?3

-- name: versions_of_form
-- Every version of a form that was ever in use, newest first.
SELECT version, created_at FROM form_version WHERE form_id = ?1 ORDER BY created_at DESC, version

-- name: forms_applied
SELECT id, applied_at FROM form

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

-- name: take_feed (postgres)
-- Whether this process is the one to feed: the feed is seen in the order of its numbers, since one after the other is committed.
SELECT pg_try_advisory_xact_lock(?1)

-- name: take_feed (sqlite)
SELECT ?1 IS NOT NULL

-- name: unfed
-- Numbers with events that the feed has not. They are not locked: a text that is due to one of them would be passed over.
SELECT id, events FROM subject WHERE fed < events ORDER BY id LIMIT ?1

-- name: any_unfed
-- Ordered, or PostgreSQL would take a third of all numbers for a match and read the whole table instead of an index that is empty.
SELECT id FROM subject WHERE fed < events ORDER BY id LIMIT 1

-- name: unfed_events
SELECT {Event}, f.facts FROM event LEFT JOIN event_facts f USING (subject_id, seq) JOIN subject ON subject.id = event.subject_id
WHERE event.subject_id = ANY (?1) AND event.seq > subject.fed ORDER BY event.subject_id, event.seq

-- name: any_text_unfed
-- Ordered for the same reason. The condition is the index's, word for word.
SELECT id FROM text WHERE state IN ('delivered', 'failed', 'rejected') AND fed <> state ORDER BY id LIMIT 1

-- name: texts_unfed
-- Texts whose end the feed has not.
SELECT id, subject_id, group_id, kind, state, sender, language, reason, vendor_id, parts, CASE WHEN told_at > 0 THEN told_at ELSE tried_at END
FROM text WHERE state IN ('delivered', 'failed', 'rejected') AND fed <> state ORDER BY id LIMIT ?1

-- name: mark_text_fed
UPDATE text SET fed = ?2 WHERE id = ?1

-- name: oldest_entry
-- The beginning of the feed, 0 where there is none.
SELECT coalesce(min(seq), 0) FROM feed

-- name: oldest_entries
-- The beginning of the feed without its newest entry, from which numbers go on.
SELECT seq, at FROM feed WHERE seq < (SELECT max(seq) FROM feed) ORDER BY seq LIMIT ?1

-- name: untold_up_to
-- The first entry up to a number that an endpoint in use is to be told of yet.
SELECT min(feed_seq) FROM webhook_delivery JOIN webhook_endpoint ON webhook_endpoint.id = webhook_delivery.endpoint_id
WHERE webhook_endpoint.state = 'enabled' AND webhook_delivery.state = 'waiting' AND feed_seq <= ?1

-- name: forget_deliveries_up_to
-- Deliveries of entries that are gone.
DELETE FROM webhook_delivery WHERE endpoint_id = ANY (?1) AND feed_seq <= ?2

-- name: forget_entries_up_to
DELETE FROM feed WHERE seq <= ?1

-- name: deliveries_told_before
SELECT id FROM webhook_delivery WHERE state IN ('delivered', 'failed') AND told_at < ?1 ORDER BY told_at LIMIT ?2

-- name: forget_deliveries
-- Unless they are made again meanwhile.
DELETE FROM webhook_delivery WHERE id = ANY (?1) AND state IN ('delivered', 'failed')

-- name: imports_of_no_trace
-- Imports by which nobody was taken in, neither waiting nor running: dry runs, and what was broken off or refused as a whole.
SELECT id FROM import_job WHERE state IN ('done', 'failed', 'cancelled') AND changed_at < ?1 AND (dry_run = 1 OR rows_done = refused) LIMIT ?2

-- name: imports_with_refusals
-- Imports whose list of what was not taken has been kept long enough.
SELECT id FROM import_job WHERE refusals > 0 AND state IN ('done', 'failed', 'cancelled') AND changed_at < ?1 LIMIT ?2

-- name: forget_imports
DELETE FROM import_job WHERE id = ANY (?1) AND state IN ('done', 'failed', 'cancelled')

-- name: forget_refusals
UPDATE import_job SET refusals = 0 WHERE id = ANY (?1)

-- name: newest_entry
SELECT coalesce(max(seq), 0) FROM feed

-- name: feed
INSERT INTO feed (seq, subject_id, event_seq, type, at, text_id) VALUES (?1, ?2, ?3, ?4, ?5, ?6)

-- name: mark_fed
UPDATE subject SET fed = ?2 WHERE id = ?1

-- name: entries_after
SELECT {Entry} FROM feed WHERE seq > ?1 ORDER BY seq LIMIT ?2

-- name: told_after
-- Entries of the feed, what stands beside them now (facts are NULL where erased), and the event or the text that each is about.
SELECT feed.seq, feed.type, subject.phone, subject.email, subscription.language, f.facts, {Event},
  text.id, feed.subject_id, text.group_id, text.kind, text.state, text.sender, text.language, text.reason, text.vendor_id, text.parts, feed.at
FROM feed JOIN subject ON subject.id = feed.subject_id
LEFT JOIN event ON event.subject_id = feed.subject_id AND event.seq = feed.event_seq
LEFT JOIN text ON feed.text_id <> '' AND text.id = feed.text_id
LEFT JOIN event_facts f ON f.subject_id = feed.subject_id AND f.seq = feed.event_seq
LEFT JOIN subscription ON subscription.subject_id = feed.subject_id AND subscription.group_id = event.group_id
WHERE feed.seq > ?1 ORDER BY feed.seq LIMIT ?2

-- name: told_of
-- As told_after, for these.
SELECT feed.seq, feed.type, subject.phone, subject.email, subscription.language, f.facts, {Event},
  text.id, feed.subject_id, text.group_id, text.kind, text.state, text.sender, text.language, text.reason, text.vendor_id, text.parts, feed.at
FROM feed JOIN subject ON subject.id = feed.subject_id
LEFT JOIN event ON event.subject_id = feed.subject_id AND event.seq = feed.event_seq
LEFT JOIN text ON feed.text_id <> '' AND text.id = feed.text_id
LEFT JOIN event_facts f ON f.subject_id = feed.subject_id AND f.seq = feed.event_seq
LEFT JOIN subscription ON subscription.subject_id = feed.subject_id AND subscription.group_id = event.group_id
WHERE feed.seq = ANY (?1)

-- name: endpoints
SELECT {Endpoint} FROM webhook_endpoint ORDER BY created_at, id

-- name: endpoint_by_id
SELECT {Endpoint} FROM webhook_endpoint WHERE id = ?1

-- name: put_endpoint
INSERT INTO webhook_endpoint (id, url, types, secret, old_secret, old_until, state, reason, created_at, changed_at, kind, options)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
ON CONFLICT (id) DO UPDATE SET url = excluded.url, types = excluded.types, secret = excluded.secret, old_secret = excluded.old_secret,
  old_until = excluded.old_until, state = excluded.state, reason = excluded.reason, changed_at = excluded.changed_at

-- name: disable_endpoint
UPDATE webhook_endpoint SET state = 'disabled', reason = ?2, changed_at = ?3 WHERE id = ?1 AND state = 'enabled'

-- name: remove_deliveries
DELETE FROM webhook_delivery WHERE endpoint_id = ?1

-- name: remove_endpoint
DELETE FROM webhook_endpoint WHERE id = ?1

-- name: put_delivery
-- One that is there already is delivered again, under its own id.
INSERT INTO webhook_delivery (id, endpoint_id, feed_seq, subject_id, state, due_at, tries, status, reason, told_at)
VALUES (?1, ?2, ?3, ?4, 'waiting', ?5, 0, 0, '', 0)
ON CONFLICT (endpoint_id, feed_seq) DO UPDATE SET state = 'waiting', due_at = excluded.due_at, tries = 0

-- name: again
UPDATE webhook_delivery SET state = 'waiting', due_at = ?3, tries = 0 WHERE id = ?1 AND endpoint_id = ?2 RETURNING id

-- name: endpoints_due
SELECT {Endpoint} FROM webhook_endpoint WHERE state = 'enabled' AND EXISTS (
  SELECT 1 FROM webhook_delivery WHERE endpoint_id = webhook_endpoint.id AND webhook_delivery.state = 'waiting' AND due_at <= ?1)

-- name: lease_deliveries (postgres)
-- What is due to one endpoint (1) before (2) is this process's until (3): of each number the first that waits, no more than (4).
UPDATE webhook_delivery SET due_at = ?3, tries = tries + 1 WHERE id IN (
  SELECT d.id FROM webhook_delivery d WHERE d.endpoint_id = ?1 AND d.state = 'waiting' AND d.due_at <= ?2 AND NOT EXISTS (
    SELECT 1 FROM webhook_delivery e WHERE e.endpoint_id = d.endpoint_id AND e.subject_id = d.subject_id
      AND e.state = 'waiting' AND e.feed_seq < d.feed_seq
  ) ORDER BY d.due_at, d.feed_seq LIMIT ?4 FOR UPDATE SKIP LOCKED
) RETURNING {Delivery}

-- name: lease_deliveries (sqlite)
-- What is due to one endpoint (1) before (2) is this process's until (3): of each number the first that waits, no more than (4).
UPDATE webhook_delivery SET due_at = ?3, tries = tries + 1 WHERE id IN (
  SELECT d.id FROM webhook_delivery d WHERE d.endpoint_id = ?1 AND d.state = 'waiting' AND d.due_at <= ?2 AND NOT EXISTS (
    SELECT 1 FROM webhook_delivery e WHERE e.endpoint_id = d.endpoint_id AND e.subject_id = d.subject_id
      AND e.state = 'waiting' AND e.feed_seq < d.feed_seq
  ) ORDER BY d.due_at, d.feed_seq LIMIT ?4
) RETURNING {Delivery}

-- name: settle_delivery
-- How a try (2) of a delivery went, unless another try was begun since.
UPDATE webhook_delivery SET state = ?3, due_at = ?4, status = ?5, reason = ?6, told_at = ?7
WHERE id = ?1 AND tries = ?2 AND state = 'waiting'

-- name: deliveries_of
-- What went to an endpoint, newest first.
SELECT {Delivery} FROM webhook_delivery WHERE endpoint_id = ?1 ORDER BY feed_seq DESC LIMIT ?2

-- name: set_deliveries_aside
-- What waited in a backup may have been delivered since.
UPDATE webhook_delivery SET state = 'uncertain', reason = 'restored' WHERE state = 'waiting' RETURNING id

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
