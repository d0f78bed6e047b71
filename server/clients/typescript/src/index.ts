/** The native API of Yesline: `Yesline` calls it, `verify` finds its webhooks genuine. */

export { Yesline } from "./client.js";
export { Pages, type Upload, type Once, type Options, type Page, type Setup } from "./caller.js";
export { Conflict, Fault, Invalid, NotAllowed, NotFound, NotGenuine, Refused, SetupError, TooMany, Unreachable, YeslineError } from "./errors.js";
export { verify } from "./webhooks.js";
export type * from "./types.js";
