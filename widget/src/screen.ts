/** The root inside the shadow tree: one step at a time, its error, its status, its focus. */

import type { Conditions, Slots } from "./constants";
import { openDialog } from "./dialog";
import type { Display, Step, View } from "./types";
import { allHooked, build, hooked, paint, setText } from "./view";

const BASE = `[hidden]{display:none!important}
.yl[data-display=modal]{position:fixed;inset:0;width:100%;height:100%;max-width:none;max-height:none;margin:0;border:0;padding:0;box-sizing:border-box;overflow:auto;overscroll-behavior:contain;z-index:2147483647}
.yl::backdrop{background:none}`;

export class Screen {
  readonly root: HTMLElement;
  private view!: View;
  private readonly steps = new Map<Step, Node[]>();
  private close?: () => void;
  private reason = "";

  constructor(
    private readonly shadow: ShadowRoot,
    private readonly display: Display,
    view: View,
    /** Called once for each step, when its nodes are made. */
    private readonly made: (step: Step, root: HTMLElement) => void,
  ) {
    this.root = document.createElement(this.modal ? "dialog" : "div");
    this.root.className = "yl";
    if (this.modal) {
      this.root.setAttribute("role", "dialog");
      this.root.setAttribute("aria-modal", "true");
    }
    this.dress(view);
  }

  get modal(): boolean {
    return this.display === "modal";
  }

  /** Takes the words and looks of a view; steps made from another one are forgotten. */
  dress(view: View): void {
    const { root, display } = this;
    Object.assign(root.dataset, { display });
    Object.assign(root, { lang: view.locale, dir: view.dir });
    wear(this.shadow, `:host{display:${this.modal ? "contents" : "block"}}${BASE}`, view.css);
    this.steps.clear();
    this.view = view;
  }

  show(step: Step): void {
    this.root.dataset.step = step;
    const made = this.steps.get(step);
    const nodes = made ?? build(this.view.steps[step]);
    this.steps.set(step, nodes);
    this.root.replaceChildren(...nodes);
    if (!made) this.prepare(step);
    this.label();
  }

  attach(dismiss: () => void): void {
    this.shadow.append(this.root);
    if (this.modal) this.close = openDialog(this.root as HTMLDialogElement, dismiss);
  }

  detach(): void {
    this.close?.();
    this.close = undefined;
    this.root.remove();
  }

  paint(conditions: Conditions, slots: Slots): void {
    const { focused } = this;
    paint(this.root, conditions, slots);
    this.root.toggleAttribute("data-busy", conditions.busy);
    disable(allHooked(this.root, "submit"), conditions.busy);
    disable(allHooked(this.root, "resend"), conditions.wait);
    // Focus on what has just been hidden would fall out of the form.
    if (focused?.closest("[hidden]")) this.focusHeading();
  }

  /** Shows what is wrong, ties it to the field and brings the person there. */
  fail(text: string, field: HTMLElement | null): void {
    this.clearError();
    const error = hooked(this.root, "error");
    if (error) {
      error.id ||= "yesline-error";
      error.hidden = false;
      error.textContent = text;
      if (field) describe(field, error.id);
    }
    this.reason = text;
    this.say(text);
    field?.focus();
  }

  clearError(): void {
    const error = hooked(this.root, "error");
    this.reason = "";
    if (!error) return;
    error.hidden = true;
    error.textContent = "";
    for (const field of this.root.querySelectorAll("[aria-invalid]")) undescribe(field, error.id);
  }

  get error(): string {
    return this.reason;
  }

  say(text: string): void {
    const status = hooked(this.root, "status");
    if (status) setText(status, text);
  }

  get focused(): Element | null {
    return this.shadow.activeElement;
  }

  /** No input takes the focus where that opens a keyboard over what there is to read. */
  focusFirst(): void {
    const mouse = matchMedia("(hover: hover) and (pointer: fine)").matches;
    const phone = mouse ? hooked(this.root, "phone") : null;
    if (phone) phone.focus({ preventScroll: true });
    else this.focusHeading();
  }

  focusHeading(): void {
    (hooked(this.root, "heading") ?? this.root).focus({ preventScroll: true });
  }

  get heading(): string {
    return hooked(this.root, "heading")?.textContent ?? "";
  }

  private prepare(step: Step): void {
    const { root } = this;
    const heading = hooked(root, "heading");
    if (heading) Object.assign(heading, { id: heading.id || `yesline-${step}`, tabIndex: -1 });
    const status = hooked(root, "status");
    if (status && !status.hasAttribute("role")) status.setAttribute("role", "status");
    for (const form of root.querySelectorAll("form")) form.noValidate = true;
    this.made(step, root);
  }

  private label(): void {
    const heading = hooked(this.root, "heading");
    if (this.modal && heading) this.root.setAttribute("aria-labelledby", heading.id);
  }
}

/** Not `disabled`, which would drop the focus and go unread. */
function disable(buttons: Iterable<Element>, yes: boolean): void {
  for (const button of buttons) button.toggleAttribute("aria-disabled", yes) && button.setAttribute("aria-disabled", "true");
}

function describe(field: HTMLElement, id: string): void {
  field.setAttribute("aria-invalid", "true");
  const own = field.getAttribute("aria-describedby");
  field.setAttribute("aria-describedby", own ? `${own} ${id}` : id);
}

function undescribe(field: Element, id: string): void {
  field.removeAttribute("aria-invalid");
  const rest = (field.getAttribute("aria-describedby") ?? "").split(" ").filter((other) => other !== id);
  if (rest.length) field.setAttribute("aria-describedby", rest.join(" "));
  else field.removeAttribute("aria-describedby");
}

/** Constructed sheets pass `style-src 'self'`; a `<style>` is for browsers before Safari 16.4. */
function wear(shadow: ShadowRoot, ...texts: string[]): void {
  if (shadow.adoptedStyleSheets) shadow.adoptedStyleSheets = texts.map(sheet);
  else (shadow as ShadowRoot).prepend(Object.assign(document.createElement("style"), { textContent: texts.join("\n") }));
}

function sheet(text: string): CSSStyleSheet {
  const made = new CSSStyleSheet();
  made.replaceSync(text);
  return made;
}
