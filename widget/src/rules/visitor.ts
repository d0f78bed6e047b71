/** Who looks at the page, as far as the browser says it. Nothing of it leaves the page. */

import { read, write } from "./store";
import type { Visitor } from "./types";

const SEEN = "yesline::seen"; // no form has a colon in its id

export const visitor = (): Visitor => ({ returning: returning(), device: device(), languages: navigator.languages });

/** A visit ends when the tab is closed; who comes again after that is returning. Where storage is blocked everybody is new. */
function returning(): boolean {
  const before = read(SEEN) !== "";
  try {
    const visit = sessionStorage.getItem(SEEN) ?? (before ? "returning" : "new");
    sessionStorage.setItem(SEEN, visit);
    write(SEEN, "yes");
    return visit === "returning";
  } catch {
    return false;
  }
}

function device(): Visitor["device"] {
  if (!matchMedia("(pointer: coarse)").matches) return "desktop";
  return Math.min(screen.width, screen.height) < 600 ? "phone" : "tablet";
}
