/** What travels between server and widget. */

export type ViewNode = string | [tag: string, attributes: Record<string, string> | 0, ...children: ViewNode[]];
/** "capture", "confirm" and "done"; a theme adds others before "confirm". */
export type Step = string;
export type Display = "modal" | "fullscreen" | "slideup" | "inline";
export type Rule = string | [template: string, lead: string, from?: number];

/** How one region's mobiles are written; see `server/yesline/views/formats.py`. */
export interface Format {
  code: string;
  trunk: string;
  lengths: number[];
  example: string;
  national: Rule[];
  plus?: Rule[];
}

export interface View {
  form: string;
  version: string;
  locale: string;
  dir: string;
  display: Display;
  stamp: string;
  consent: string;
  css: string;
  /** The `@font-face` rules of a theme that has its own fonts. */
  fonts?: string;
  /** In the order they are gone through. */
  steps: Record<Step, ViewNode[]>;
  strings: Record<string, string>;
  country: string;
  countries: Record<string, string>;
  formats: Record<string, Format>;
  trigger: { on: string; delay?: number };
  caps: { days: number };
  /** When to show and to whom, for the part "rules"; a form that needs none of it has none. */
  rules?: Record<string, any>;
  /** Only what is needed until the form is sent; the whole view is to be asked for. */
  later?: boolean;
}

export interface Submission {
  submission: string;
  next?: string;
  methods?: string[];
  sender?: string;
  number?: string;
  state?: "pending" | "confirmed" | "expired";
  resend_after?: number;
  coupon?: string;
}

export interface Problem {
  code: string;
  message?: string;
  field?: string;
}

/** What the core gives to its parts, see `parts.ts`. A part may be older or newer than the core: names here stay. */
export interface Core {
  server: string;
  /** What the page has told us with `track`, and what shows itself or is left, oldest first. */
  calls: [command: string, ...args: any[]][];
  /** Called for each of these from now on. */
  heard: ((command: string, ...args: any[]) => void)[];
  load(server: string, form: string, locale: string): Promise<View | string>;
  open(form: string): void;
  free(): boolean;
}

/** What an app around the page is told. `form` and `submission` are empty where there is none. */
export interface Message {
  yesline: number;
  event: string;
  form: string;
  submission: string;
  detail: object;
}

/** What an app says. It may be of any version, so nothing is sure. */
export interface Command {
  yesline?: unknown;
  command?: unknown;
  form?: unknown;
  event?: unknown;
}

/** What Flutter's `flutter_inappwebview` puts into the page. */
export interface FlutterWebView {
  callHandler?(name: string, ...args: unknown[]): Promise<unknown>;
}
