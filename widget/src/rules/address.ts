/** In an app of one page, another address is another page. */

const acts = new Set<() => void>();
const here = (): string => location.href.replace(/#.*/s, "");
let last = "";
let timer: ReturnType<typeof setInterval> | undefined;

/** Calls `act` when the address has become another one, but for its fragment. */
export function onMove(act: () => void, signal: AbortSignal): void {
  last ||= here();
  timer ??= setInterval(look, 500); // a page's router tells nobody; patching `pushState` would be felt by the page
  acts.add(act);
  signal.addEventListener("abort", () => acts.delete(act));
}

function look(): void {
  if (here() === last) return;
  last = here();
  for (const act of acts) act();
}
