/** When a form shows by itself. Only waiting for a while after loading is here; all else is the part "rules". */

import { resting } from "./memory";
import { free } from "./page";
import { note, part } from "./parts";
import type { View } from "./types";

/** Shows the form when the view's trigger fires, unless this visitor has had it lately; returns what disarms it. */
export function arm(view: View, show: () => void): () => void {
  note("armed", view);
  if (view.rules) return later((rules) => rules.arm(view, show));
  if (view.trigger.on !== "load" || resting(view.form, view.caps.days)) return () => {};
  const { delay } = view.trigger;
  const act = (): unknown => free() && show();
  const timer = delay ? setTimeout(act, delay) : void act();
  return () => clearTimeout(timer);
}

/** A part that cannot be had shows nothing: rather no form than one in the wrong place. */
function later(use: (rules: any) => () => void): () => void {
  let off = false;
  let disarm = (): void => {};
  void part("rules").then((rules) => {
    if (rules && !off) disarm = use(rules);
  });
  return () => {
    off = true;
    disarm();
  };
}
