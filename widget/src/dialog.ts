/**
 * What makes a modal: a native `<dialog>` in the top layer. The browser keeps the page behind inert, and closes on Esc and on
 * Android's back button. The rest is here: the backdrop, Tab that stays inside, the page that does not scroll, and the focus
 * that goes back. Without `showModal` (before Safari 15.4) the theme's fixed layer and the Tab loop have to do.
 */

const FOCUSABLE = "a[href],button,input,select,textarea,[tabindex='0']";

/** Opens the dialog and returns what closes it. */
export function openDialog(root: HTMLDialogElement, dismiss: () => void): () => void {
  const opener = document.activeElement as HTMLElement | null;
  const unlock = lockScroll();
  const unlisten = listen(root, dismiss);
  if (root.showModal) root.showModal();
  else root.setAttribute("open", "");
  return () => {
    unlisten();
    unlock();
    if (root.close && root.open) root.close();
    root.removeAttribute("open");
    if (opener?.isConnected) opener.focus({ preventScroll: true });
  };
}

function listen(root: HTMLDialogElement, dismiss: () => void): () => void {
  let pressed: EventTarget | null = null;
  const listeners: [string, (event: any) => void][] = [
    ["cancel", (event: Event) => (event.preventDefault(), event.target === root && dismiss())],
    // Chrome closes without asking when Esc comes twice: https://html.spec.whatwg.org/multipage/interaction.html#close-requests
    ["close", (event: Event) => event.target === root && dismiss()],
    // A selection dragged out of a field ends in a click on the backdrop, too.
    ["pointerdown", (event: Event) => (pressed = event.target)],
    ["click", (event: Event) => event.target === root && pressed === root && dismiss()],
    ["keydown", (event: KeyboardEvent) => onKey(root, event, dismiss)],
  ];
  for (const [name, listener] of listeners) root.addEventListener(name, listener);
  return () => {
    for (const [name, listener] of listeners) root.removeEventListener(name, listener);
  };
}

function onKey(root: HTMLDialogElement, event: KeyboardEvent, dismiss: () => void): void {
  if (event.key === "Tab") keepInside(root, event);
  else if (event.key === "Escape" && !root.showModal && !event.isComposing) dismiss();
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

let locks = 0;
let undo = (): void => {};

function lockScroll(): () => void {
  if (locks++ === 0) undo = hideScrollbar();
  return () => {
    if (--locks === 0) undo();
  };
}

function hideScrollbar(): () => void {
  const { documentElement: html, body } = document;
  const bar = innerWidth > html.clientWidth;
  // The viewport takes overflow from body unless html has its own: https://drafts.csswg.org/css-overflow-3/#overflow-propagation
  const scroller = getComputedStyle(html).overflow === "visible" ? body : html;
  const { overflow } = scroller.style;
  const { scrollbarGutter } = html.style;
  scroller.style.overflow = "hidden";
  if (bar) html.style.scrollbarGutter = "stable"; // keeps the bar's room, so that nothing moves
  return () => {
    scroller.style.overflow = overflow;
    html.style.scrollbarGutter = scrollbarGutter;
    if (!html.getAttribute("style")) html.removeAttribute("style");
    if (!scroller.getAttribute("style")) scroller.removeAttribute("style");
  };
}
