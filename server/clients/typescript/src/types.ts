// Made from the OpenAPI document: scripts/clients writes it anew.

/** A programme one can opt in to. `window_days` is how long a prompt may be answered. */
export interface GroupItem {
  id: string;
  name: string;
  sends: string;
  frequency: string;
  channel: "email" | "sms";
  opt_in: "double" | "single";
  consent: "by_country" | "optional" | "required";
  window_days: number;
  languages: Array<string>;
  senders: Array<string>;
}

/** What a group texts from. `backup`: it takes over where the first cannot be reached. */
export interface SenderItem {
  address: string;
  group: string;
  carrier: string;
  backup: boolean;
  two_way: boolean;
  per_second: number;
  countries: Array<string>;
}

/** A form in use, by the hash of its version, and since when that is. */
export interface FormItem {
  id: string;
  group: string;
  version: string;
  applied_at: string;
  theme: string;
  display: string;
  languages: Array<string>;
  methods: Array<"code" | "link" | "reply">;
  countries: Array<string>;
}

/** A version of a form by its hash, the time from which it is kept, and whether it is in use. */
export interface VersionItem {
  version: string;
  created_at: string;
  current: boolean;
}

/** A number, or an e-mail address, and how it stands in every group that knows it. `stopped`: it said STOP to the brand. */
export interface Subscriber {
  id: string;
  phone: string | null;
  email: string | null;
  created_at: string;
  stopped: boolean;
  groups: Array<GroupState>;
}

/** The state of a number or an address in one group. `stopped`: nothing may be sent to it, whatever the state. */
export interface GroupState {
  group: string;
  state: "pending" | "subscribed" | "unknown" | "unsubscribed";
  stopped: boolean;
  since: string;
  language: string;
}

/** A line of the ledger. `before` and `after` are states; `facts` is null where it was erased. */
export interface HistoryEvent {
  seq: number;
  at: string;
  kind: "confirmed" | "corrected" | "erased" | "expired" | "held" | "noted" | "refused" | "requested" | "restarted" | "stopped" | "subscribed" | "texted" | "unsubscribed";
  source: "api" | "carrier" | "clock" | "code" | "form" | "import" | "keyword" | "link" | "reply" | "restore" | "staff";
  group: string;
  before: string;
  after: string;
  facts: Record<string, string> | null;
  hash: string;
}

/** A subscriber that was stopped or erased. `already`: it had been before. */
export interface Ended {
  id: string;
  already: boolean;
}

/** Who wanted it, where it is another than the key's name. */
export interface EndBody {
  by?: string | null;
}

/** How a subscriber stands in a group now. */
export interface SubscriptionState {
  subscriber: string;
  group: string;
  state: "pending" | "subscribed" | "unknown" | "unsubscribed";
  stopped: boolean;
  since: string;
  language: string;
}

/**
 * The state somebody is to have in a group: one of `phone`, `email` and `external_id` says who.
 *
 * `ask`: the phone is to say yes first. `language` is the one to ask in.
 */
export interface SubscriptionBody {
  group: string;
  state: "subscribed" | "unsubscribed";
  /** A number with its country code, as +12015550123. */
  phone?: string | null;
  email?: string | null;
  external_id?: string | null;
  ask?: boolean;
  language?: string | null;
  consent?: ConsentGiven | null;
}

/** The words, or the form and its version, where, when and by what act. It goes into the ledger. */
export interface ConsentGiven {
  text?: string;
  form?: string;
  version?: string;
  page?: string;
  address?: string;
  agent?: string;
  at?: string;
  act?: string;
}

/** One person's attempt on one form. `void`: the prompt was closed by a STOP, a no, or another that took its place. */
export interface SubmissionItem {
  id: string;
  form: string;
  version: string;
  subscriber: string;
  phone: string | null;
  state: "confirmed" | "expired" | "pending" | "void";
  created_at: string;
}

/** A text. `reason` is why it did not arrive in our words, `code` in the carrier's; `parts` is what it cost in segments. */
export interface Message {
  id: string;
  direction: "in" | "out";
  kind: "already" | "confirmation" | "help" | "inbound" | "other" | "prompt" | "reply" | "review" | "stop";
  state: "delivered" | "dropped" | "failed" | "queued" | "received" | "rejected" | "sending" | "sent" | "uncertain" | "unknown";
  subscriber: string;
  phone: string | null;
  group: string;
  sender: string;
  language: string;
  body: string;
  parts: number;
  reason: string;
  code: string;
  created_at: string;
  told_at: string | null;
}

/**
 * An import. `rows` are those that were read; `accepted` and `refused` make them up. `sha256` is of the file's content.
 *
 * `percent` is how much of the file was read; `left_alone` are its columns that are not. `message` says why it failed.
 */
export interface ImportItem {
  id: string;
  state: "cancelled" | "done" | "failed" | "running" | "waiting";
  file: string;
  sha256: string;
  group: string;
  dry_run: boolean;
  percent: number;
  rows: number;
  accepted: number;
  refused: number;
  left_alone: Array<string>;
  started_at: string;
  ended_at: string | null;
  message: string;
}

/** A key without its secret. */
export interface KeyItem {
  id: string;
  name: string;
  scopes: Array<string>;
  created_at: string;
  revoked_at: string | null;
}

/** A key that was just made: this is the only time that its `secret` is shown. */
export interface NewKey {
  id: string;
  name: string;
  scopes: Array<string>;
  created_at: string;
  secret: string;
}

/** What will use the key, and what it may do. */
export interface KeyBody {
  name: string;
  scopes: Array<"catalogue" | "erase" | "events" | "exports" | "forms" | "imports" | "inbound" | "keys" | "messages" | "review" | "sms.invalid_phone_numbers" | "sms.invalid_phone_numbers.remove" | "subscribers" | "subscription.groups.get" | "subscription.status.get" | "subscription.status.set" | "subscriptions" | "users.alias.new" | "users.delete" | "users.export.ids" | "users.identify" | "users.track" | "webhooks">;
}

/** A text that waits for a person. While one that `holds` is open, nothing is sent to its number. */
export interface ReviewItem {
  id: string;
  phone: string;
  group: string;
  text: string;
  holds: boolean;
  opened_at: string;
}

/** A text that a person has read. `already`: it had been decided so before. */
export interface Decided {
  id: string;
  state: "dismissed" | "stopped";
  already: boolean;
}

/** Who has read it, where it is another than the key's name. */
export interface DecideBody {
  by?: string | null;
}

/** What a text means, and why. `would` says what is done; `why` has one step a line. */
export interface Explained {
  meaning: string;
  tier: string;
  clear: boolean;
  language: string;
  word: string;
  name: string;
  would: string;
  why: Array<string>;
}

/** A text, and whom it is texted to: a group, or one of its senders. */
export interface ExplainBody {
  text: string;
  group?: string | null;
  sender?: string | null;
}

/** What the variants of a form have brought since a day. */
export interface Experiment {
  form: string;
  since: string;
  variants: Array<Record<string, unknown>>;
  note: string;
}

/** An event of the feed, with its number. */
export interface FeedEvent {
  seq: number;
  type: string;
  timestamp: string;
  data: EventData;
}

/**
 * An event as it is told. `id` is the same wherever and however often the event is told.
 *
 * What was erased is null; `left` are the groups that a STOP ended; `text` is what a phone has texted. Of a text that was sent `kind` is
 * what kind of text, `state` what became of it; `reason` is why it did not arrive, `parts` what it cost in segments, `vendor_id`
 * the carrier's id of it.
 */
export interface EventData {
  id: string;
  subject: string;
  group: string;
  kind: string;
  source: string;
  before: string;
  state: string;
  phone: string | null;
  email: string | null;
  language: string | null;
  submission: string | null;
  left: Array<string>;
  text: string | null;
  sender: string | null;
  reason: string | null;
  parts: number | null;
  vendor_id: string | null;
}

/** An endpoint as it is shown. `types` is empty for all; `reason` says why it is disabled. `url` of files is their folder. */
export interface Endpoint {
  id: string;
  kind: "braze" | "file" | "segment" | "webhook";
  url: string;
  types: Array<string>;
  state: string;
  reason: string;
  created_at: string;
  groups: Record<string, string>;
}

/** An endpoint with the secret that signs from now on, which is shown this once. Another system's key is never shown: it is null. */
export interface EndpointWithSecret {
  id: string;
  kind: "braze" | "file" | "segment" | "webhook";
  url: string;
  types: Array<string>;
  state: string;
  reason: string;
  created_at: string;
  groups: Record<string, string>;
  secret: string | null;
}

/**
 * Where to tell, and of which types of event: all, those to come too, where none is named.
 *
 * `key` is what another system asks for; `groups` are the ids that our groups have at Braze. Files are for the command alone: no caller
 * chooses where this machine writes.
 */
export interface NewEndpoint {
  url: string;
  types?: Array<"inbound.received" | "message.delivered" | "message.failed" | "profile.erased" | "submission.created" | "subscription.expired" | "subscription.pending" | "subscription.subscribed" | "subscription.unsubscribed">;
  kind?: "braze" | "segment" | "webhook";
  key?: string | null;
  groups?: Record<string, string>;
}

/** Another system's new key. It is left out for a webhook, whose secret is made here. */
export interface RotateBody {
  key?: string | null;
}

/** A delivery as it is shown. `id` is its `webhook-id`, `event` the number in the feed; `tried_at` is null before the first try. */
export interface Delivery {
  id: string;
  event: number;
  state: string;
  tries: number;
  status: number;
  reason: string;
  tried_at: string | null;
  due_at: string | null;
}

/** How many events are delivered again; `next` is where to go on, null at the end. */
export interface Replayed {
  replayed: number;
  next: number | null;
}

/** What to deliver again: the events after a number of the feed, or one delivery. */
export interface ReplayBody {
  since?: number | null;
  delivery?: string | null;
}

/** What `forms.experiment` may ask for. */
export interface FormsExperimentQuery {
  since?: string;
}

/** What `subscribers.list` may ask for. */
export interface SubscribersListQuery {
  after?: string;
  limit?: number;
  /** A number with its country code, as +12015550123. */
  phone?: string;
  email?: string;
  external_id?: string;
  group?: string;
  state?: "pending" | "stopped" | "subscribed" | "unsubscribed";
}

/** What `subscribers.history` may ask for. */
export interface SubscribersHistoryQuery {
  after?: string;
  limit?: number;
}

/** What `submissions.list` may ask for. */
export interface SubmissionsListQuery {
  after?: string;
  limit?: number;
  form?: string;
}

/** What `messages.list` may ask for. */
export interface MessagesListQuery {
  after?: string;
  limit?: number;
  /** A number with its country code, as +12015550123. */
  phone?: string;
}

/** What `imports.list` may ask for. */
export interface ImportsListQuery {
  after?: string;
  limit?: number;
}

/** What `imports.create` may ask for. */
export interface ImportsCreateQuery {
  group?: string;
  name?: string;
  source?: string;
  date?: string;
  country?: string;
  there?: string;
  dry_run?: boolean;
  again?: boolean;
}

/** What `imports.refusals` may ask for. */
export interface ImportsRefusalsQuery {
  format?: "" | "csv" | "ndjson";
}

/** What `exports.subscribers` may ask for. */
export interface ExportsSubscribersQuery {
  group?: string;
  format?: "" | "csv" | "ndjson";
  spreadsheet?: boolean;
}

/** What `events.list` may ask for. */
export interface EventsListQuery {
  after?: number;
  limit?: number;
}

/** An event as a webhook tells it. `timestamp` is when it happened. */
export interface Event {
  type: string;
  timestamp: string;
  data: EventData;
}
