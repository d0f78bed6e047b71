/** When a form shows by itself. */

import { resting } from "./memory";
import type { View } from "./types";

/** Calls `show` when the view's trigger fires, unless this visitor has had the form lately; returns what disarms it. */
export function arm(view: View, show: () => void): () => void {
  if (view.trigger.on !== "load" || resting(view.form, view.caps.days)) return () => {};
  const timer = setTimeout(show, view.trigger.delay ?? 0);
  return () => clearTimeout(timer);
}
