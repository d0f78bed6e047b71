// Made from the OpenAPI document: scripts/clients writes it anew.

import { at, type Caller, type Upload, type Once, type Options, type Pages } from "./caller.js";
import type * as types from "./types.js";

/** `/v1/groups`. */
export class Groups {
  constructor(private readonly caller: Caller) {}

  /** Groups in use. Scope `catalogue`. */
  list(options?: Options): Pages<types.GroupItem> {
    return this.caller.pages("/v1/groups", {}, "items", options);
  }
}

/** `/v1/senders`. */
export class Senders {
  constructor(private readonly caller: Caller) {}

  /** What groups text from. Scope `catalogue`. */
  list(options?: Options): Pages<types.SenderItem> {
    return this.caller.pages("/v1/senders", {}, "items", options);
  }
}

/** `/v1/forms`. */
export class Forms {
  constructor(private readonly caller: Caller) {}

  /** Forms in use. Scope `catalogue`. */
  list(options?: Options): Pages<types.FormItem> {
    return this.caller.pages("/v1/forms", {}, "items", options);
  }

  /** Every version of a form. Scope `catalogue`. */
  versions(form: string, options?: Options): Pages<types.VersionItem> {
    return this.caller.pages(at`/v1/forms/${form}/versions`, {}, "items", options);
  }

  /** How variants of a form do. Scope `forms`. */
  experiment(form: string, query: types.FormsExperimentQuery = {}, options?: Options): Promise<types.Experiment> {
    return this.caller.read(at`/v1/forms/${form}/experiment`, query, options);
  }
}

/** `/v1/subscribers`. */
export class Subscribers {
  constructor(private readonly caller: Caller) {}

  /** Subscribers. Scope `subscribers`. */
  list(query: types.SubscribersListQuery = {}, options?: Options): Pages<types.Subscriber> {
    return this.caller.pages("/v1/subscribers", query, "items", options);
  }

  /** One subscriber. Scope `subscribers`. */
  get(id: string, options?: Options): Promise<types.Subscriber> {
    return this.caller.read(at`/v1/subscribers/${id}`, {}, options);
  }

  /** What the ledger tells of one. Scope `subscribers`. */
  history(id: string, query: types.SubscribersHistoryQuery = {}, options?: Options): Pages<types.HistoryEvent> {
    return this.caller.pages(at`/v1/subscribers/${id}/history`, query, "items", options);
  }

  /** Stop all texts to one. Scope `subscriptions`. */
  stop(id: string, body: types.EndBody = {}, options?: Once): Promise<types.Ended> {
    return this.caller.write(at`/v1/subscribers/${id}/stop`, {}, body, options);
  }

  /** Erase one. Scope `erase`. */
  erase(id: string, body: types.EndBody = {}, options?: Once): Promise<types.Ended> {
    return this.caller.write(at`/v1/subscribers/${id}/erase`, {}, body, options);
  }
}

/** `/v1/subscriptions`. */
export class Subscriptions {
  constructor(private readonly caller: Caller) {}

  /** Set a state, or have the phone asked. Scope `subscriptions`. */
  set(body: types.SubscriptionBody, options?: Once): Promise<types.SubscriptionState> {
    return this.caller.write("/v1/subscriptions", {}, body, options);
  }
}

/** `/v1/submissions`. */
export class Submissions {
  constructor(private readonly caller: Caller) {}

  /** What forms have brought. Scope `messages`. */
  list(query: types.SubmissionsListQuery = {}, options?: Options): Pages<types.SubmissionItem> {
    return this.caller.pages("/v1/submissions", query, "items", options);
  }
}

/** `/v1/messages`. */
export class Messages {
  constructor(private readonly caller: Caller) {}

  /** Texts in and out. Scope `messages`. */
  list(query: types.MessagesListQuery = {}, options?: Options): Pages<types.Message> {
    return this.caller.pages("/v1/messages", query, "items", options);
  }
}

/** `/v1/imports`. */
export class Imports {
  constructor(private readonly caller: Caller) {}

  /** Imports, newest first. Scope `imports`. */
  list(query: types.ImportsListQuery = {}, options?: Options): Pages<types.ImportItem> {
    return this.caller.pages("/v1/imports", query, "items", options);
  }

  /** Take a file of people into a group. Scope `imports`. */
  create(file: Upload, contentType: "text/csv" | "application/x-ndjson" | "application/ndjson", query: types.ImportsCreateQuery = {}, options?: Once): Promise<types.ImportItem> {
    return this.caller.upload("/v1/imports", query, file, contentType, options);
  }

  /** How far an import is. Scope `imports`. */
  get(id: string, options?: Options): Promise<types.ImportItem> {
    return this.caller.read(at`/v1/imports/${id}`, {}, options);
  }

  /** Rows that were not taken, as a file. Scope `imports`. */
  refusals(id: string, query: types.ImportsRefusalsQuery = {}, options?: Options): Promise<Response> {
    return this.caller.download(at`/v1/imports/${id}/refusals`, query, options);
  }

  /** End an import where it is. Scope `imports`. */
  cancel(id: string, options?: Once): Promise<types.ImportItem> {
    return this.caller.write(at`/v1/imports/${id}/cancel`, {}, undefined, options);
  }
}

/** `/v1/exports`. */
export class Exports {
  constructor(private readonly caller: Caller) {}

  /** Who is in a group, as a file. Scope `exports`. */
  subscribers(query: types.ExportsSubscribersQuery = {}, options?: Options): Promise<Response> {
    return this.caller.download("/v1/exports/subscribers", query, options);
  }
}

/** `/v1/keys`. */
export class Keys {
  constructor(private readonly caller: Caller) {}

  /** Keys, revoked ones too. Scope `keys`. */
  list(options?: Options): Pages<types.KeyItem> {
    return this.caller.pages("/v1/keys", {}, "items", options);
  }

  /** Make a key. Scope `keys`. */
  create(body: types.KeyBody, options?: Once): Promise<types.NewKey> {
    return this.caller.write("/v1/keys", {}, body, options);
  }

  /** End a key. Scope `keys`. */
  revoke(id: string, options?: Once): Promise<types.Ended> {
    return this.caller.write(at`/v1/keys/${id}/revoke`, {}, undefined, options);
  }
}

/** `/v1/review`. */
export class Review {
  constructor(private readonly caller: Caller) {}

  /** Texts that wait for a person. Scope `review`. */
  list(options?: Options): Pages<types.ReviewItem> {
    return this.caller.pages("/v1/review", {}, "items", options);
  }

  /** It was a wish to stop. Scope `review`. */
  stop(id: string, body: types.DecideBody = {}, options?: Once): Promise<types.Decided> {
    return this.caller.write(at`/v1/review/${id}/stop`, {}, body, options);
  }

  /** It was none. Scope `review`. */
  dismiss(id: string, body: types.DecideBody = {}, options?: Once): Promise<types.Decided> {
    return this.caller.write(at`/v1/review/${id}/dismiss`, {}, body, options);
  }
}

/** `/v1/inbound`. */
export class Inbound {
  constructor(private readonly caller: Caller) {}

  /** What a text would do. Scope `inbound`. */
  explain(body: types.ExplainBody, options?: Once): Promise<types.Explained> {
    return this.caller.write("/v1/inbound/explain", {}, body, options);
  }
}

/** `/v1/events`. */
export class Events {
  constructor(private readonly caller: Caller) {}

  /** What happened, in its order. Scope `events`. */
  list(query: types.EventsListQuery = {}, options?: Options): Pages<types.FeedEvent> {
    return this.caller.pages("/v1/events", query, "events", options);
  }
}

/** `/v1/webhooks`. */
export class Webhooks {
  constructor(private readonly caller: Caller) {}

  /** Who is told of events. Scope `webhooks`. */
  list(options?: Options): Pages<types.Endpoint> {
    return this.caller.pages("/v1/webhooks", {}, "items", options);
  }

  /** Tell somebody of events. Scope `webhooks`. */
  create(body: types.NewEndpoint, options?: Once): Promise<types.EndpointWithSecret> {
    return this.caller.write("/v1/webhooks", {}, body, options);
  }

  /** A new secret for an endpoint. Scope `webhooks`. */
  rotate(id: string, body: types.RotateBody = {}, options?: Once): Promise<types.EndpointWithSecret> {
    return this.caller.write(at`/v1/webhooks/${id}/rotate`, {}, body, options);
  }

  /** Tell an endpoint again. Scope `webhooks`. */
  enable(id: string, options?: Once): Promise<types.Endpoint> {
    return this.caller.write(at`/v1/webhooks/${id}/enable`, {}, undefined, options);
  }

  /** Tell an endpoint no more. Scope `webhooks`. */
  disable(id: string, options?: Once): Promise<types.Endpoint> {
    return this.caller.write(at`/v1/webhooks/${id}/disable`, {}, undefined, options);
  }

  /** What went to an endpoint. Scope `webhooks`. */
  deliveries(id: string, options?: Options): Pages<types.Delivery> {
    return this.caller.pages(at`/v1/webhooks/${id}/deliveries`, {}, "items", options);
  }

  /** Deliver events again. Scope `webhooks`. */
  replay(id: string, body: types.ReplayBody, options?: Once): Promise<types.Replayed> {
    return this.caller.write(at`/v1/webhooks/${id}/replay`, {}, body, options);
  }
}

/** Everything under /v1. */
export class Resources {
  readonly groups: Groups;
  readonly senders: Senders;
  readonly forms: Forms;
  readonly subscribers: Subscribers;
  readonly subscriptions: Subscriptions;
  readonly submissions: Submissions;
  readonly messages: Messages;
  readonly imports: Imports;
  readonly exports: Exports;
  readonly keys: Keys;
  readonly review: Review;
  readonly inbound: Inbound;
  readonly events: Events;
  readonly webhooks: Webhooks;

  constructor(caller: Caller) {
    this.groups = new Groups(caller);
    this.senders = new Senders(caller);
    this.forms = new Forms(caller);
    this.subscribers = new Subscribers(caller);
    this.subscriptions = new Subscriptions(caller);
    this.submissions = new Submissions(caller);
    this.messages = new Messages(caller);
    this.imports = new Imports(caller);
    this.exports = new Exports(caller);
    this.keys = new Keys(caller);
    this.review = new Review(caller);
    this.inbound = new Inbound(caller);
    this.events = new Events(caller);
    this.webhooks = new Webhooks(caller);
  }
}
