/** What a form's file says of showing, as the server puts it into the view; see `server/yesline/views/showing.py`. */
export interface Rules {
  on: ("load" | "scroll" | "exit" | "click" | "event" | "manual")[];
  /** Milliseconds between the trigger and the form. */
  delay: number;
  /** How much of the page, in percent. */
  scroll: number;
  selector: string;
  event: string;
  urls: string[];
  visitors: "all" | "new" | "returning";
  devices: string[];
  languages: string[];
  percent: number;
  /** Days of rest after the form was dismissed. */
  days: number;
  /** So many showings at most, or 0. */
  times: number;
  /** Not again after so many dismissals, or 0. */
  dismissals: number;
  priority: number;
  teaser: "never" | "before" | "after";
  /** Epoch milliseconds, or 0. */
  from: number;
  until: number;
  /** Weights of this form and of others that may show in its place. */
  variants: Record<string, number>;
}

export type Reason =
  | "answered"
  | "dismissed"
  | "dismissals"
  | "times"
  | "url"
  | "device"
  | "language"
  | "visitor"
  | "percent"
  | "schedule"
  | "other_form"
  | "teaser"
  | "kept_away"
  | "manual"
  | "waiting";

export interface Visitor {
  returning: boolean;
  device: "phone" | "tablet" | "desktop";
  languages: readonly string[];
}

/** What `yesline.explain()` says of a form; no reasons where it is shown. */
export interface Account {
  form: string;
  /** The form that shows in its place: itself, or a variant. */
  shows: string;
  shown: boolean;
  reasons: {
    code: Reason;
    message: string;
  }[];
}
