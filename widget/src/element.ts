/** `<yesline-form>`: the form where it is put, or the modal it opens. */

import { get, problem } from "./client";
import { ELEMENT, type EventName } from "./constants";
import { option, warn } from "./options";
import { Session, type Host } from "./steps";
import { arm } from "./triggers";
import type { Display, View } from "./types";

/** Views that came with a script, and those asked for, by form and language. */
const offered = new Map<string, View>();
const asked = new Map<string, Promise<View | string>>();

export function offer(view: View): void {
  offered.set(view.form, view);
}

let home = "";

export function setHome(server: string): void {
  home = server;
}

export class YeslineForm extends HTMLElement implements Host {
  static observedAttributes = ["form", "locale", "display"];

  /** Made by the widget itself, so it goes when the form closes. */
  passing = false;
  private session?: Session;
  private view?: View;
  private shown = false;
  private wanted = false;
  private starts = 0;
  private disarm = (): void => {};

  connectedCallback(): void {
    if (this.session && this.shown) this.session.resume();
    else void this.start();
  }

  disconnectedCallback(): void {
    this.starts++;
    this.disarm();
    if (this.shown) this.session?.suspend();
  }

  attributeChangedCallback(_name: string, before: string | null, after: string | null): void {
    if (!this.isConnected || before === after) return;
    this.disconnectedCallback();
    this.view = this.session = undefined;
    this.shown = false;
    void this.start();
  }

  get form(): string {
    return option(this, "form");
  }

  open(): void {
    this.wanted = true;
    if (this.view) this.show();
  }

  close(): void {
    this.wanted = false;
    if (this.shown) this.session?.dismiss();
  }

  emit(name: EventName, detail: object = {}): boolean {
    const init = { bubbles: true, composed: true, cancelable: true, detail: { form: this.form, ...detail } };
    return this.dispatchEvent(new CustomEvent(`yesline:${name}`, init));
  }

  closed(): void {
    this.shown = this.wanted = false;
    if (this.passing) this.remove();
  }

  get modal(): boolean {
    return this.display !== "inline";
  }

  private get display(): Display {
    return (option(this, "display") || this.view?.display) as Display;
  }

  private get server(): string {
    return option(this, "server") || home;
  }

  private async start(): Promise<void> {
    const start = ++this.starts;
    if (!this.form) return;
    const view = this.view ?? (await loadView(this.server, this.form, option(this, "locale")));
    if (!this.isConnected || start !== this.starts) return;
    if (typeof view === "string") return void this.emit("failed", { code: view });
    this.view = view;
    if (this.wanted || this.display === "inline") this.show();
    else this.disarm = arm(view, () => this.show());
  }

  private show(): void {
    const { view } = this;
    if (!view || this.shown || this.begun) return;
    this.disarm();
    if (!this.emit("shown")) return this.closed();
    this.shown = true;
    const session = (this.session ??= new Session(this, this.root(), view, this.server, this.display));
    session.prepare();
    // Made in one task and shown in the next: on a slow phone both together would hold up the page.
    const { starts } = this;
    setTimeout(() => starts === this.starts && this.shown && session.resume());
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

export function loadView(server: string, form: string, locale: string): Promise<View | string> {
  const view = offered.get(form);
  if (view && (!locale || view.locale === locale)) return Promise.resolve(view);
  const key = [server, form, locale].join(" ");
  const asking = asked.get(key) ?? askFor(server, form, locale);
  asked.set(key, asking);
  // A failure is told to who asks now; who asks later asks again.
  return asking.then((answer) => (typeof answer === "string" && asked.delete(key), answer));
}

async function askFor(server: string, form: string, locale: string): Promise<View | string> {
  const answer = await get(`${server}/forms/${form}/view${locale && `?locale=${locale}`}`);
  if (answer?.ok) return answer.body;
  const code = answer ? problem(answer).code : "network";
  warn(`form "${form}" could not be loaded: ${code}`);
  return code;
}

/** Loading the script twice must not throw; the first definition stays. */
export function define(): void {
  if (!customElements.get(ELEMENT)) customElements.define(ELEMENT, YeslineForm);
}
