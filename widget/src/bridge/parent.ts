/** Which page around ours may hear and command: a stranger who frames us must learn nothing, as who has a submission's id may act for it. */

const ORIGIN = /^[a-z][a-z0-9+.-]*:\/\/[^/?#*\s]+$/i;

/** The origins that `data-host` on our script tag names, else the page's own. */
export function named(server: string): string[] {
  const tags = [...document.querySelectorAll<HTMLScriptElement>("script[data-host]")];
  const tag = tags.find(({ src, dataset }) => src.startsWith(`${server}/`) || dataset.server);
  const said = tag?.dataset.host?.split(/\s+/).filter(Boolean) ?? [location.origin];
  return said.filter((origin) => ORIGIN.test(origin) || wrong(origin));
}

/** An opaque origin cannot be addressed, which is no mistake of the page. */
function wrong(origin: string): false {
  if (origin !== "null") console.warn(`[yesline] data-host="${origin}" is not an origin and is left out`);
  return false;
}
