/** The moments at which a form may show. */

import { warn } from "../options";
import type { Core } from "../types";
import { onMove } from "./address";
import type { Rules } from "./types";

type Fire = (byHand: boolean) => void;

const FLICK = 0.4;
const FLICK_MS = 300;
const EDGE = 20;

/** Calls `fire` at each of them until stopped; by hand if the visitor has asked for the form. */
export function listen(core: Core, rules: Rules, fire: Fire): () => void {
  const over = new AbortController();
  const { signal } = over;
  const later = (): (() => void) => {
    const timer = setTimeout(() => fire(false), rules.delay);
    const cancel = (): void => clearTimeout(timer);
    signal.addEventListener("abort", cancel);
    return cancel;
  };
  const starts: Record<string, () => void> = {
    load: () => onPage(later, signal),
    scroll: () => onScroll(rules.scroll, later, signal),
    exit: () => onExit(later, signal),
    click: () => onClick(rules.selector, () => fire(true), signal),
    event: () => onEvent(core, rules.event, later, signal),
  };
  for (const name of rules.on) starts[name]?.();
  return () => over.abort();
}

function onPage(later: () => () => void, signal: AbortSignal): void {
  let cancel = later();
  onMove(() => {
    cancel();
    cancel = later();
  }, signal);
}

function onScroll(percent: number, fire: () => void, signal: AbortSignal): void {
  let done = false;
  const look = (): void => {
    const { scrollHeight } = document.documentElement;
    if (done || signal.aborted || scrollY + innerHeight < (scrollHeight * percent) / 100) return;
    done = true;
    fire();
  };
  addEventListener("scroll", look, { signal, passive: true });
  onMove(() => (done = false), signal);
  requestAnimationFrame(look); // a short page is seen whole without scrolling
}

/** A mouse that leaves by the top; on a touch screen, a quick flick back up, as of somebody who looks for the address bar. */
function onExit(fire: () => void, signal: AbortSignal): void {
  document.addEventListener("mouseout", ({ relatedTarget, clientY }) => !relatedTarget && clientY < EDGE && fire(), { signal });
  if (!matchMedia("(pointer: coarse)").matches) return;
  let from = { y: scrollY, at: 0 };
  const look = (): void => {
    // Begun anew after a pause, so that a jump, as of a link to the top, is no flick.
    const flick = Date.now() - from.at <= FLICK_MS && from.y - scrollY > innerHeight * FLICK;
    if (flick || scrollY > from.y || Date.now() - from.at > FLICK_MS) from = { y: scrollY, at: Date.now() };
    if (flick) fire();
  };
  addEventListener("scroll", look, { signal, passive: true });
}

/** Before the page's own listeners, which may keep a click to themselves. */
function onClick(selector: string, fire: () => void, signal: AbortSignal): void {
  const hit = (event: Event): boolean => event.composedPath().some((node) => node instanceof Element && node.matches(selector));
  try {
    document.querySelector(selector);
  } catch {
    return warn(`"${selector}" is not a selector`);
  }
  document.addEventListener("click", (event) => hit(event) && fire(), { signal, capture: true });
}

/** `yesline.track(name)`, before or after us, or an event of that name on the page. */
function onEvent(core: Core, name: string, fire: () => void, signal: AbortSignal): void {
  const hear = (command: string, event: string): void => {
    if (command === "track" && event === name) fire();
  };
  for (const [command, event] of core.calls) hear(command, event);
  core.heard.push(hear);
  signal.addEventListener("abort", () => core.heard.splice(core.heard.indexOf(hear), 1));
  addEventListener(name, fire, { signal });
}
