/**
 * What makes a dialog of the form: a native `<dialog>`. A modal one is in the top layer: the browser keeps the page behind inert, and
 * closes on Esc and on Android's back button. The rest is here: the backdrop, Tab that stays inside, the page that does not scroll,
 * and the focus that goes back. Without `showModal` (before Safari 15.4) the theme's fixed layer and the Tab loop have to do.
 * A slide-up is not modal: the page beside it stays in use, so it takes none of that.
 */

import { wear } from "./styles";

const FOCUSABLE = "a[href],button,input,select,textarea,[tabindex='0']";

/** Puts the dialog there, opens it and returns what closes it. */
export function openDialog(shadow: ShadowRoot, root: HTMLDialogElement, modal: boolean, dismiss: () => void): () => void {
  const opener = document.activeElement as HTMLElement | null;
  const over = new AbortController();
  const unlock = modal ? lockScroll() : () => {}; // first: it asks for sizes, and the page would be laid out with the dialog and again
  listen(root, modal, dismiss, over.signal);
  shadow.append(root);
  if (modal && root.showModal) root.showModal();
  else root.setAttribute("open", ""); // `show` would move the focus
  return () => {
    const inside = modal || root.contains((root.getRootNode() as ShadowRoot).activeElement);
    over.abort();
    unlock();
    root.close?.();
    root.removeAttribute("open");
    if (inside) opener?.focus({ preventScroll: true });
  };
}

function listen(root: HTMLDialogElement, modal: boolean, dismiss: () => void, signal: AbortSignal): void {
  let pressed: EventTarget | null = null;
  const on = <T extends keyof HTMLElementEventMap>(name: T, act: (event: HTMLElementEventMap[T]) => void): void =>
    root.addEventListener(name, act, { signal });
  on("cancel", (event) => {
    event.preventDefault();
    dismiss();
  });
  // Chrome closes without asking when Esc comes twice: https://html.spec.whatwg.org/multipage/interaction.html#close-requests
  on("close", dismiss);
  // A selection dragged out of a field ends in a click on the backdrop, too.
  on("pointerdown", ({ target }) => (pressed = target));
  on("click", ({ target }) => target === root && pressed === root && dismiss());
  on("keydown", (event) => onKey(root, modal, event, dismiss));
  keepInSight(root, signal);
}

function onKey(root: HTMLDialogElement, modal: boolean, event: KeyboardEvent, dismiss: () => void): void {
  if (event.key === "Tab" && modal) keepInside(root, event);
  else if (event.key === "Escape" && !(modal && root.showModal) && !event.isComposing) dismiss();
}

/** A phone's keyboard covers what is fixed below and tells nobody but the visual viewport: https://developer.chrome.com/blog/viewport-resize-behavior */
function keepInSight(root: HTMLDialogElement, signal: AbortSignal): void {
  const seen = window.visualViewport;
  const fit = (): void => {
    const { height, offsetTop, scale } = seen as VisualViewport;
    const covered = innerHeight - height - offsetTop;
    root.style.bottom = covered > 1 && scale === 1 ? `${covered}px` : "";
    (root.getRootNode() as ShadowRoot).activeElement?.scrollIntoView({ block: "nearest" });
  };
  for (const name of ["resize", "scroll"]) seen?.addEventListener(name, fit, { signal });
}

function keepInside(root: HTMLElement, event: KeyboardEvent): void {
  const all = [...root.querySelectorAll<HTMLElement>(FOCUSABLE)];
  const stops = all.filter((element) => element.tabIndex >= 0 && element.getClientRects().length > 0);
  const at = stops.indexOf((root.getRootNode() as ShadowRoot).activeElement as HTMLElement);
  const next = event.shiftKey ? at <= 0 && stops[stops.length - 1] : at === stops.length - 1 && stops[0];
  if (!next) return;
  event.preventDefault();
  next.focus();
}

/** By a style sheet of our own, so that no style of the page has to be put back. */
function lockScroll(): () => void {
  const { documentElement: html } = document;
  // The viewport takes overflow from body unless html has its own: https://drafts.csswg.org/css-overflow-3/#overflow-propagation
  const scroller = getComputedStyle(html).overflow === "visible" ? "body" : "html";
  const gutter = innerWidth > html.clientWidth ? "html{scrollbar-gutter:stable}" : ""; // nothing moves when the bar goes
  return wear(document, `${scroller}{overflow:hidden!important}${gutter}`);
}
