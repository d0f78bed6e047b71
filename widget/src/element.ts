/** `<yesline-form>`: the form where it is put, or the dialog it opens. */

import { ELEMENT, type EventName } from "./constants";
import { option } from "./options";
import { note } from "./parts";
import { Session, type Host } from "./steps";
import { arm } from "./triggers";
import type { Display, View } from "./types";
import { loadView } from "./loading";

let home = "";

/** In the next task, before the next frame where the browser can: https://developer.mozilla.org/docs/Web/API/Scheduler/postTask */
const soon = (act: () => unknown): unknown =>
  (window as any).scheduler?.postTask?.(act, { priority: "user-blocking" }) ?? setTimeout(act);

export function setHome(server: string): void {
  home = server;
}

export class YeslineForm extends HTMLElement implements Host {
  static observedAttributes = ["form", "locale", "display"];

  /** Made by the widget itself, so it goes when the form closes. */
  passing = false;
  private session?: Session;
  private view?: View;
  private showing = false;
  private wanted = false;
  private byHand = false;
  private starts = 0;
  private disarm = (): void => {};

  connectedCallback(): void {
    if (this.session && this.showing) this.session.resume(false);
    else void this.start();
  }

  disconnectedCallback(): void {
    this.starts++;
    this.disarm();
    if (this.showing) this.session?.suspend();
  }

  attributeChangedCallback(_name: string, before: string | null, after: string | null): void {
    if (!this.isConnected || before === after) return;
    this.disconnectedCallback();
    this.view = this.session = undefined;
    this.showing = false;
    void this.start();
  }

  // No property has the name of an attribute: React and Vue would set it instead of the attribute.
  get formId(): string {
    return option(this, "form");
  }

  /** By hand, the keyboard's focus goes along. */
  open(byHand = true): void {
    this.wanted = true;
    this.byHand = byHand;
    if (this.view) this.show();
  }

  close(): void {
    this.wanted = false;
    if (this.showing) this.session?.dismiss();
  }

  emit(name: EventName, detail: object = {}): boolean {
    const init = { bubbles: true, composed: true, cancelable: true, detail: { form: this.formId, ...detail } };
    const wanted = this.dispatchEvent(new CustomEvent(`yesline:${name}`, init));
    if (wanted) note("event", name, init.detail);
    return wanted;
  }

  closed(): void {
    this.showing = this.wanted = false;
    if (this.passing) this.remove();
  }

  get floats(): boolean {
    return this.look !== "inline";
  }

  get isOpen(): boolean {
    return this.showing;
  }

  private get look(): Display {
    return (option(this, "display") || this.view?.display) as Display;
  }

  private get origin(): string {
    return option(this, "server") || home;
  }

  private async start(): Promise<void> {
    const start = ++this.starts;
    if (!this.formId) return;
    const view = this.view ?? (await loadView(this.origin, this.formId, option(this, "locale")));
    if (!this.isConnected || start !== this.starts) return;
    if (typeof view === "string") return void this.emit("failed", { code: view });
    this.view = view;
    if (this.wanted || this.look === "inline") this.show();
    else this.disarm = arm(view, () => this.show());
  }

  private show(): void {
    const { view } = this;
    if (!view || this.showing || this.begun) return;
    this.disarm();
    if (!this.emit("shown")) return this.closed();
    this.showing = true;
    const session = (this.session ??= new Session(this, this.root(), view, this.origin, this.look));
    session.prepare();
    // Made in one task and shown in the next: on a slow phone both together would hold up the page.
    const { starts } = this;
    soon(() => starts === this.starts && this.showing && session.resume(this.byHand));
  }

  /** The hosted page's own form works without us; what a person has begun to type into it must not be lost. */
  private get begun(): boolean {
    return [...this.querySelectorAll("input")].some((input) => input.checked || (input.type === "tel" && input.value));
  }

  private root(): ShadowRoot {
    if (this.shadowRoot) return this.shadowRoot;
    const shadow = this.attachShadow({ mode: "open" });
    // What stood in for the form where no script runs (the hosted page) must not be found beside it.
    this.replaceChildren();
    // The page sees keys as typed on the host, not in a field, and would take them for its shortcuts.
    for (const name of ["keydown", "keypress", "keyup"]) shadow.addEventListener(name, (event) => event.stopPropagation());
    return shadow;
  }
}

/** Loading the script twice must not throw; the first definition stays. */
export function define(): void {
  if (!customElements.get(ELEMENT)) customElements.define(ELEMENT, YeslineForm);
}
