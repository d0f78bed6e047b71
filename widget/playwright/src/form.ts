/** The form on a page, found by its hooks: it works in every theme and every language. */

import type { Locator, Page } from "@playwright/test";

const PATIENCE_MS = 10_000;
const EVERY_MS = 50;
const EVENTS = ["shown", "dismissed", "invalid", "submitted", "confirmed", "failed"];

export type Step = "capture" | "confirm" | "done" | "";

/** An event that the page heard: `yesline:submitted` and its detail. */
export interface YeslineEvent {
  name: string;
  detail: { form: string; [name: string]: unknown };
}

interface Look {
  step: Step;
  busy: boolean;
  error: string;
  resend: boolean;
}

/** A form. Without `form`, its id, it is the only one of the page. `timeout` is in milliseconds. */
export class FormOnPage {
  private constructor(
    readonly page: Page,
    private readonly form: string,
    private readonly timeout: number,
  ) {}

  /** Made before the page is opened, it hears every event. */
  static async on(page: Page, form = "", timeout = PATIENCE_MS): Promise<FormOnPage> {
    await page.addInitScript(listen, EVENTS);
    await page.evaluate(listen, EVENTS);
    return new FormOnPage(page, form, timeout);
  }

  /** Shows the form now, on the page at `url` or on the one that is open, and waits for it. */
  async open(url = ""): Promise<void> {
    if (url) await this.page.goto(url);
    if (!(await this.page.evaluate(push, this.form)))
      throw new Error(`${this.page.url()} has no form's tag: put server.embed(form) into it, or name the form`);
    await this.until((now) => now.step !== "", "the form to show");
  }

  /** Types a number in place of the one that is there. */
  async typePhone(text: string): Promise<void> {
    await this.type("phone", text);
  }

  /** Chooses a country by its ISO 3166 code. */
  async chooseCountry(region: string): Promise<void> {
    await (await this.hooked("country")).selectOption(region);
  }

  /** Ticks the box of the consent. */
  async tick(): Promise<void> {
    await (await this.hooked("consent")).check();
  }

  /** Presses the button that goes on, and waits for the server's answer. */
  async send(): Promise<void> {
    await this.press("submit");
  }

  /** What the form says is wrong; empty while nothing is. */
  async error(): Promise<string> {
    return (await this.look()).error;
  }

  /** The step the form is at; empty while no form shows. */
  async step(): Promise<Step> {
    return (await this.look()).step;
  }

  /** Types the code, whose last digit sends it, and waits for the server's answer. */
  async enterCode(code: string): Promise<void> {
    await this.type("code", code);
    await this.answered();
  }

  /** Asks for the text again. The page must have counted down, which it does by the browser's clock, not by the server's. */
  async resend(): Promise<void> {
    await this.until((now) => now.resend, "the button to send it again");
    await this.press("resend");
  }

  /** Goes back to the number. */
  async correct(): Promise<void> {
    await this.press("correct");
    await this.waitForStep("capture");
  }

  /** Closes the form by the first of its buttons that does, and waits until it is gone. */
  async close(): Promise<void> {
    await (await this.hooked("close")).click();
    await this.waitForStep("");
  }

  /** The form's events on this page since it was opened, in their order. */
  async events(): Promise<YeslineEvent[]> {
    const seen = await this.page.evaluate(() => window.yeslineSeen ?? []);
    return seen.filter(({ detail }) => !this.form || detail.form === this.form);
  }

  /** Waits until the form is at a step; `""` waits until no form shows. */
  async waitForStep(step: Step): Promise<void> {
    await this.until((now) => now.step === step, step ? `the step "${step}"` : "the form to go");
  }

  private async press(hook: string): Promise<void> {
    await (await this.hooked(hook)).click();
    await this.answered();
  }

  private async type(hook: string, text: string): Promise<void> {
    const field = await this.hooked(hook);
    await field.fill("");
    await field.pressSequentially(text);
  }

  private answered(): Promise<void> {
    return this.until((now) => !now.busy, "the server's answer");
  }

  private async hooked(hook: string): Promise<Locator> {
    await this.until((now) => now.step !== "", "a form to show: call open()");
    const named = this.form && `[form="${this.form}"]`;
    return this.page.locator(`yesline-form${named} [data-yesline="${hook}"]`).filter({ visible: true }).first();
  }

  private look(): Promise<Look> {
    return this.page.evaluate(look, this.form);
  }

  private async until(there: (now: Look) => boolean, what: string): Promise<void> {
    const end = Date.now() + this.timeout;
    for (;;) {
      const now = await this.look();
      if (there(now)) return;
      if (Date.now() > end)
        throw new Error(`waited ${this.timeout} ms for ${what}: the step is "${now.step}", the error "${now.error}"`);
      await this.page.waitForTimeout(EVERY_MS);
    }
  }
}

declare global {
  interface Window {
    yeslineSeen?: YeslineEvent[];
    yesline?: unknown;
  }
}

// These run in the page.

function listen(names: string[]): void {
  if (window.yeslineSeen) return;
  const seen: YeslineEvent[] = (window.yeslineSeen = []);
  const hear = (event: Event): unknown => seen.push({ name: event.type, detail: (event as CustomEvent).detail });
  for (const name of names) document.addEventListener(`yesline:${name}`, hear);
}

function push(form: string): string {
  const script = document.querySelector<HTMLScriptElement>('script[data-form], script[src*="/embed/"]');
  const named = document.querySelector("yesline-form")?.getAttribute("form") ?? script?.dataset.form;
  const id = form || named || script?.src.match(/\/embed\/([\w-]+)\.js/)?.[1] || "";
  window.yesline ??= [];
  if (id) (window.yesline as unknown[]).push(["open", id]);
  return id;
}

function look(form: string): Look {
  const elements = [...document.querySelectorAll(form ? `yesline-form[form="${form}"]` : "yesline-form")];
  const root = elements.map((one) => one.shadowRoot?.querySelector<HTMLElement>("[data-step]")).find((one) => one);
  const hooked = (hook: string): HTMLElement[] => [...(root?.querySelectorAll<HTMLElement>(`[data-yesline="${hook}"]`) ?? [])];
  const seen = (hook: string): HTMLElement | undefined => hooked(hook).find((one) => one.checkVisibility());
  const again = seen("resend") as HTMLButtonElement | undefined;
  return {
    step: (root?.dataset.step ?? "") as Step,
    busy: !!root?.hasAttribute("data-busy"),
    error: seen("error")?.textContent ?? "",
    resend: !!again && !again.disabled,
  };
}
