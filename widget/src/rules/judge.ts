/** Whether a form may show by itself, here and now, to this visitor. No DOM. */

import type { Reason, Rules, Visitor } from "./types";

const DAY = 86_400_000;

/** What is remembered of a form on this device. */
export interface Past {
  answered: boolean;
  /** Epoch milliseconds, or 0. */
  dismissedAt: number;
  dismissals: number;
  showings: number;
  /** From 0 to 1, the same at each visit. */
  draw: number;
}

/** Everything that speaks against it. */
export function judge(rules: Rules, visitor: Visitor, past: Past, url: URL, now: number): Reason[] {
  const against: [Reason, boolean][] = [
    ["answered", past.answered],
    ["dismissed", past.dismissedAt > 0 && now - past.dismissedAt < rules.days * DAY],
    ["dismissals", rules.dismissals > 0 && past.dismissals >= rules.dismissals],
    ["times", rules.times > 0 && past.showings >= rules.times],
    ["url", !allowed(rules.urls, url)],
    ["device", rules.devices.length > 0 && !rules.devices.includes(visitor.device)],
    ["language", rules.languages.length > 0 && !rules.languages.some((language) => speaks(visitor, language))],
    ["visitor", rules.visitors !== "all" && (rules.visitors === "returning") !== visitor.returning],
    ["percent", past.draw * 100 >= rules.percent],
    ["schedule", now < rules.from || (rules.until > 0 && now >= rules.until)],
  ];
  return against.filter(([, holds]) => holds).map(([reason]) => reason);
}

/** One rule that begins with `!` and fits is enough to forbid; of the others, where there are any, one must fit. */
function allowed(urls: string[], url: URL): boolean {
  const forbids = urls.filter((rule) => rule[0] === "!");
  const allows = urls.filter((rule) => rule[0] !== "!");
  if (forbids.some((rule) => fits(rule.slice(1), url))) return false;
  return allows.length === 0 || allows.some((rule) => fits(rule, url));
}

/** A path as `/sale/*`, or a host with a path; a query counts where the rule has one. */
export function fits(rule: string, url: URL): boolean {
  const path = rule.includes("?") ? url.pathname + url.search : url.pathname;
  const text = rule[0] === "/" ? path : url.host + path;
  const pattern = rule.split("*").map(escaped).join(".*");
  return new RegExp(`^${pattern}$`).test(text);
}

const escaped = (text: string): string => text.replace(/[.+?^${}()|[\]\\]/g, "\\$&");

const speaks = (visitor: Visitor, language: string): boolean =>
  visitor.languages.some((tag) => `${tag.toLowerCase()}-`.startsWith(`${language.toLowerCase()}-`));

/** The form that is shown in the place of one with variants; the same draw gives the same one while weights stay. */
export function variant(weights: Record<string, number>, draw: number): string | undefined {
  const total = Object.values(weights).reduce((sum, weight) => sum + weight, 0);
  let rest = draw * total;
  return Object.keys(weights).find((name) => (rest -= weights[name] as number) < 0);
}
