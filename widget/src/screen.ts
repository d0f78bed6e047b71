/** The root inside the shadow tree: one step at a time, its error, its status, its focus. */

import type { Conditions, Slots } from "./constants";
import { openDialog } from "./dialog";
import { wear } from "./styles";
import type { Display, Step, View } from "./types";
import { allHooked, build, hooked, paint, set, setText } from "./view";

// Without weight, so that every rule of a theme wins. The dialog is the backdrop: `::backdrop` did not see the host's custom
// properties before Chrome 122 and Safari 17.4.
const BASE =
  "[hidden]{display:none!important}" +
  ":where(dialog){all:unset;position:fixed;inset:0;box-sizing:border-box;overflow:auto;overscroll-behavior:contain;z-index:2147483647}" +
  ":where([data-display=slideup]){inset-block-start:auto;inset-inline-start:max(0px,100% - 28em);max-height:100%}" +
  ":where(dialog)::backdrop{background:none}";

export class Screen {
  readonly root: HTMLElement;
  private view!: View;
  private readonly steps = new Map<Step, (Node | string)[]>();
  private close?: () => void;
  private unfont?: () => void;
  private undress = (): void => {};
  private untie = (): void => {};
  private reason = "";

  constructor(
    private readonly shadow: ShadowRoot,
    private readonly display: Display,
    view: View,
    /** Called once for each step, when its nodes are made. */
    private readonly made: (step: Step, root: HTMLElement) => void,
  ) {
    this.root = document.createElement(this.floats ? "dialog" : "div");
    set(this.root, { class: "yl", "data-display": display });
    if (this.floats) set(this.root, { role: "dialog", "aria-modal": `${this.modal}` });
    this.dress(view);
  }

  /** Over the page, not in it. */
  get floats(): boolean {
    return this.display !== "inline";
  }

  /** The page behind cannot be used meanwhile. */
  get modal(): boolean {
    return this.floats && this.display !== "slideup";
  }

  /** Takes the words and looks of a view; steps made from another one are forgotten. */
  dress(view: View): void {
    set(this.root, { lang: view.locale, dir: view.dir });
    this.steps.clear();
    this.wear(view);
  }

  /** The same view, with the steps and styles that were not needed at first. */
  wear(view: View): void {
    const undress = wear(this.shadow, `:host{display:${this.floats ? "contents!important" : "block"}}${BASE}${view.css}`);
    this.undress();
    this.undress = undress;
    this.view = view;
  }

  show(step: Step): void {
    this.root.dataset.step = step;
    const made = this.steps.get(step);
    const nodes = made ?? build(this.view.steps[step] ?? []);
    this.steps.set(step, nodes);
    this.root.replaceChildren(...nodes);
    if (!made) this.prepare(step);
    this.label();
  }

  attach(dismiss: () => void, focus: boolean): void {
    const { root, shadow } = this;
    const mouse = matchMedia("(hover: hover) and (pointer: fine)").matches;
    // No input takes the focus where that opens a keyboard over what there is to read.
    const first = (mouse && hooked(root, "phone")) || this.heading;
    first.autofocus = focus; // for `showModal`, which has to find something to focus anyway
    // Font faces of a shadow tree's sheet are not used: https://bugs.chromium.org/p/chromium/issues/detail?id=336876
    if (this.view.fonts) this.unfont = wear(document, this.view.fonts);
    if (this.floats) this.close = openDialog(shadow, root as HTMLDialogElement, this.modal, dismiss);
    else shadow.append(root);
    if (focus) first.focus({ preventScroll: true });
  }

  detach(): void {
    this.close?.();
    this.unfont?.();
    this.close = undefined;
    this.root.remove();
  }

  paint(conditions: Omit<Conditions, "error" | "coupon">, slots: Partial<Slots>): void {
    const { focused } = this;
    paint(this.root, { ...conditions, error: !!slots.error, coupon: !!slots.coupon }, slots);
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
    this.reason = text;
    if (error) {
      error.id = error.id || "yesline-error";
      error.hidden = false;
      error.textContent = text;
      if (field) this.untie = describe(field, error.id);
    }
    this.say(text);
    field?.focus();
  }

  clearError(): void {
    const error = hooked(this.root, "error");
    this.reason = "";
    this.untie();
    this.untie = () => {};
    if (error) error.hidden = true;
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

  focusHeading(): void {
    this.heading.focus({ preventScroll: true });
  }

  private get heading(): HTMLElement {
    return hooked(this.root, "heading") ?? this.root;
  }

  private prepare(step: Step): void {
    const { root } = this;
    const heading = hooked(root, "heading");
    if (heading) set(heading, { id: heading.id || `yesline-${step}`, tabindex: "-1" });
    const status = hooked(root, "status");
    if (status) set(status, { role: status.getAttribute("role") ?? "status" });
    for (const form of root.querySelectorAll("form")) form.noValidate = true;
    this.made(step, root);
  }

  private label(): void {
    const { id } = this.heading;
    if (this.floats && id) set(this.root, { "aria-labelledby": id });
  }
}

/** Not `disabled`, which would drop the focus and go unread. */
function disable(buttons: Iterable<Element>, yes: boolean): void {
  for (const button of buttons) button.toggleAttribute("aria-disabled", yes) && button.setAttribute("aria-disabled", "true");
}

/** Ties an error to its field, and returns what unties it. */
function describe(field: HTMLElement, id: string): () => void {
  const own = field.getAttribute("aria-describedby");
  set(field, { "aria-invalid": "true", "aria-describedby": own ? `${own} ${id}` : id });
  return () => {
    field.removeAttribute("aria-invalid");
    field.setAttribute("aria-describedby", own ?? "");
  };
}
