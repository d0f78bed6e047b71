/** `yesline.explain()`: why each form of the page did or did not show. */

import { resting } from "../memory";
import type { Core, View } from "../types";
import type { Campaign } from "./campaign";
import type { Account, Reason } from "./types";

const MESSAGES: Record<Reason, string> = {
  answered: "The visitor has said yes.",
  dismissed: "The visitor has closed it, and caps.days are not over.",
  dismissals: "The visitor has closed it as often as caps.dismissals allows.",
  times: "The visitor has seen it as often as caps.times allows.",
  url: "The page's address does not fit target.urls.",
  device: "The device is none of target.devices.",
  language: "The browser's languages are none of target.languages.",
  visitor: "The visitor is not of the kind that target.visitors asks for.",
  percent: "The visitor is not among the target.percent that see it.",
  schedule: "It is not within the schedule.",
  other_form: "Another form was shown first.",
  teaser: "Its teaser was shown, and not pressed.",
  kept_away: "Its time had come, but the page kept it away, or its variant could not be loaded.",
  manual: "It waits for the page to open it.",
  waiting: "None of its triggers has fired yet.",
};

export function explain(core: Core, campaigns: Iterable<Campaign>): Account[] {
  const shown = new Set(core.calls.filter(([command, event]) => command === "event" && event === "shown").map(([, , detail]) => detail.form));
  const accounts = new Map<string, Account>();
  const account = (form: string, shows: string, reasons: Reason[]): void => {
    const told = shown.has(shows) ? [] : reasons;
    accounts.set(form, { form, shows, shown: shown.has(shows), reasons: told.map((code) => ({ code, message: MESSAGES[code] })) });
  };
  for (const [command, view] of core.calls) if (command === "armed") account(view.form, view.form, plain(view as View));
  for (const form of shown) account(form, form, []);
  for (const { view, shownForm, reasons } of campaigns) {
    account(view.form, shownForm, reasons);
    if (shownForm !== view.form) accounts.delete(shownForm); // it is told of as this one
  }
  return [...accounts.values()];
}

/** A form without rules of its own: it waits a while after loading, or for the page to ask. */
function plain({ form, caps, trigger }: View): Reason[] {
  if (!resting(form, caps.days)) return [trigger.on === "manual" ? "manual" : "waiting"];
  return resting(form, 0) ? ["answered"] : ["dismissed"];
}
