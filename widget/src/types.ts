/** What travels between server and widget. */

export type ViewNode = string | [tag: string, attributes: Record<string, string> | 0, ...children: ViewNode[]];
export type Step = "capture" | "confirm" | "done";
export type Display = "modal" | "inline";
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
  steps: Record<Step, ViewNode[]>;
  strings: Record<string, string>;
  country: string;
  countries: Record<string, string>;
  formats: Record<string, Format>;
  trigger: { on: string; delay?: number };
  caps: { days: number };
}

export interface Submission {
  submission: string;
  next?: string;
  methods?: string[];
  sender?: string;
  number?: string;
  state?: "pending" | "confirmed" | "expired";
  resend_after?: number;
}

export interface Problem {
  code: string;
  message?: string;
  field?: string;
}
