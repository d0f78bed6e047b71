/** Whose turn it is: of the forms that are due at the same moment the most important one shows. */

import { ELEMENT } from "../constants";
import type { Core } from "../types";
import type { Campaign } from "./campaign";

const TURN = 50;
const PATIENCE = 2000;

/** Returns what is to be called when a form has become due. */
export function turns(core: Core, campaigns: ReadonlyMap<string, Campaign>): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let waits = PATIENCE / TURN;
  const soon = (): void => {
    timer ??= setTimeout(take, TURN);
  };
  const take = (): void => {
    timer = undefined;
    if (waits-- > 0 && coming(core)) return soon();
    const due = [...campaigns.values()].filter((campaign) => campaign.due);
    const [first, ...others] = due.sort((a, b) => b.rules.priority - a.rules.priority);
    for (const other of others) other.lost();
    first?.take();
  };
  return soon;
}

/** Whether the page names a form that has not come yet: each has a script of its own, and the first to come is not the first in rank. */
function coming(core: Core): boolean {
  const come = new Set(core.calls.map(([command, about, detail]) => (command === "armed" ? about.form : detail?.form)));
  return [...named(core.server)].some((form) => !come.has(form));
}

function* named(server: string): Iterable<string> {
  for (const { src, dataset } of document.querySelectorAll<HTMLScriptElement>("script[src]")) {
    const form = src.startsWith(`${server}/embed`) && (dataset.form ?? /\/embed\/([^/]+)\.js/.exec(src)?.[1]);
    if (form) yield form;
  }
  for (const element of document.querySelectorAll(`${ELEMENT}[form]`)) yield element.getAttribute("form") as string;
}
