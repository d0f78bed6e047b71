/** The names pages and themes rely on. Each list is also a type, so a name that is not here does not compile. */

export const ELEMENT = "yesline-form";

export const EVENTS = ["shown", "dismissed", "invalid", "submitted", "confirmed", "failed"] as const;
export type EventName = (typeof EVENTS)[number];

export const HOOKS = [
  "form",
  "phone",
  "country",
  "consent",
  "disclosure",
  "submit",
  "close",
  "trap",
  "error",
  "status",
  "code-form",
  "code",
  "resend",
  "correct",
  "back",
  "open",
  "heading",
] as const;
export type Hook = (typeof HOOKS)[number];

export const SLOTS = ["sender", "number", "countdown", "error", "dial", "example", "coupon"] as const;
export type Slots = Record<(typeof SLOTS)[number], string>;

export const CONDITIONS = ["reply", "code", "link", "error", "busy", "wait", "ready", "offline", "expired", "coupon"] as const;
export type Conditions = Record<(typeof CONDITIONS)[number], boolean>;
