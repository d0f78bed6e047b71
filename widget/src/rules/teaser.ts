/** A small button in the corner that brings the form back. There is one at a time. */

import { ELEMENT } from "../constants";
import { wear } from "../styles";
import type { View } from "../types";
import { build, hooked, set } from "../view";

const BASE =
  ":host{display:contents}" +
  ":where(.yl){position:fixed;inset-block-end:0;inset-inline-end:0;z-index:2147483646;max-width:100%}";

let host: HTMLElement | undefined;

export interface Acts {
  open(): void;
  close(): void;
}

/** Puts it on the page, unless another form's stands there, and returns what takes it away. */
export function showTeaser(view: View, acts: Acts, focus: boolean): () => void {
  if (host?.isConnected) return () => {};
  const mine = document.createElement(ELEMENT); // without a form: the page's tokens for the element hold for it
  const shadow = mine.attachShadow({ mode: "open" });
  const root = document.createElement("div");
  set(root, { class: "yl", "data-display": "teaser", "data-step": "teaser", lang: view.locale, dir: view.dir });
  wear(shadow, BASE + view.css);
  root.append(...build(view.steps.teaser ?? []));
  const opener = hooked(root, "open");
  set(root, { role: "complementary", "aria-label": opener?.textContent?.trim() ?? "" });
  root.addEventListener("click", (event) => {
    const hook = (event.target as Element).closest<HTMLElement>("[data-yesline]")?.dataset.yesline;
    if (hook === "open" || hook === "close") acts[hook]();
  });
  shadow.append(root);
  document.body.append((host = mine));
  if (focus) opener?.focus({ preventScroll: true });
  return () => mine.remove();
}
