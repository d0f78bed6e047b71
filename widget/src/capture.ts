/** The steps up to the sending: the number, the consent and what else the form asks for, checked lightly here and sent. */

import { post, problem, type Answer } from "./client";
import { countryList, guess } from "./countries";
import { wrong } from "./phone";
import { PhoneField } from "./phone-field";
import type { Session } from "./steps";
import type { Problem, Step, View } from "./types";
import { hooked } from "./view";

interface Sent {
  id: string;
  fields: string;
  body: object;
}

export class Capture {
  phone?: PhoneField;
  /** Names all countries; there once the step is made. */
  list?: () => void;
  /** Of the steps that were left, and where each of them is. */
  private readonly fields: Record<string, string | boolean> = {};
  private readonly places: Record<string, Step> = {};
  private sent?: Sent;
  /** The number of the submission that is open, to tell a corrected one. */
  private accepted = "";

  constructor(private readonly session: Session) {}

  made(root: HTMLElement): void {
    const { view, formats } = this.session;
    view.country = guess(view);
    const input = hooked<HTMLInputElement>(root, "phone");
    const select = hooked<HTMLSelectElement>(root, "country");
    const consent = hooked<HTMLInputElement>(root, "consent");
    if (consent) consent.checked = false;
    const list = (this.list = select ? countryList(select, view) : () => {});
    if (!input) return;
    const exemplify = (): void => {
      const example = this.phone?.format?.example;
      if (input.placeholder && example) input.placeholder = example;
    };
    const chosen = (): void => (exemplify(), this.session.paint());
    this.phone = new PhoneField(input, select, list, formats, view.countries, view.country, chosen);
    exemplify();
  }

  async submit(again = false): Promise<void> {
    const { session } = this;
    const wrong = session.busy ? undefined : this.check();
    if (wrong) return session.fail(wrong);
    const next = session.beside(1);
    if (next !== "confirm") return session.go(next);
    if (session.submission && !session.expired) return this.correct();
    const answer = await session.during("status.sending", () => this.send());
    if (answer?.body?.view) this.renew(answer.body.view, again);
    else if (answer) this.answered(answer);
  }

  private answered(answer: Answer): void {
    const { session } = this;
    if (problem(answer).code === "submission_conflict") this.sent = undefined;
    if (!answer.ok) return session.refused(answer);
    this.accepted = this.number();
    session.expired = false;
    session.submission = undefined;
    void session.submitted(answer.body);
  }

  /** The stamp was too old. The same consent text is sent by itself once more; other words must be read and ticked again. */
  private renew(view: View, again: boolean): void {
    const { session, phone } = this;
    const same = session.view.consent === view.consent;
    session.view = view;
    if (same && !again) return void this.submit(true);
    session.screen.dress(view);
    session.go("capture");
    if (phone) this.phone?.restore(phone.value, phone.region);
    session.fail({ code: "stamp_changed", field: "consent" });
  }

  /** Same number: nothing to say to the server, back to waiting for its answer. */
  private async correct(): Promise<void> {
    const { session, phone } = this;
    if (this.number() === this.accepted) return session.go("confirm");
    const url = `${session.server}/submissions/${session.submission?.submission}/correct`;
    const body = { phone: phone?.value, country: phone?.region };
    const answer = await session.during("status.sending", () => post(url, body, { offline: session.lost }));
    if (!answer) return;
    if (!answer.ok) return session.refused(answer);
    this.accepted = this.number();
    void session.submitted(answer.body);
  }

  private check(): Problem | undefined {
    const { phone, session } = this;
    const { root } = session.screen;
    const code = phone && hooked(root, "phone") && wrong(phone.value, phone.format);
    if (code) return { code, field: "phone" };
    const consent = this.field("consent");
    if (consent && !consent.checked) return { code: "consent_missing", field: "consent" };
    return [...root.querySelectorAll<HTMLInputElement>("[data-yesline-field]")].map((input) => this.read(input)).find(Boolean);
  }

  private read(input: HTMLInputElement): Problem | undefined {
    const field = input.dataset.yeslineField as string;
    this.places[field] = this.session.step;
    this.fields[field] = input.type === "checkbox" ? input.checked : input.value.trim();
    if (input.checkValidity()) return undefined;
    return { code: input.validity.valueMissing ? "field_missing" : "field_invalid", field };
  }

  /** The step that has a field; those of the theme's own steps were noted when they were left. */
  placeOf(field = ""): Step | undefined {
    return /^(phone|country|consent)$/.test(field) ? "capture" : this.places[field];
  }

  private number(): string {
    return `${this.phone?.region} ${this.phone?.value}`;
  }

  private field(hook: "consent" | "trap"): HTMLInputElement | null {
    return hooked<HTMLInputElement>(this.session.screen.root, hook);
  }

  private send(): Promise<Answer> {
    const { server, form, lost } = this.session;
    return post(`${server}/forms/${form}/submissions`, this.body(), { offline: lost });
  }

  /** The very body sent before, with its id, while the fields are the same: the server takes it once however often it comes. */
  private body(): object {
    const { view, via, shownAt } = this.session;
    const { phone } = this;
    const fields = {
      phone: phone?.value,
      country: phone?.region,
      consent: true,
      stamp: view.stamp,
      locale: view.locale,
      page: location.href.replace(/[?#].*/s, ""), // what follows may be a secret of the page
      trap: this.field("trap")?.value ?? "",
      fields: this.fields,
    };
    const text = JSON.stringify(fields);
    if (this.sent?.fields !== text) {
      const id = newId();
      this.sent = { id, fields: text, body: { id, ...fields, act: { via, shown_ms: Date.now() - shownAt } } };
    }
    return this.sent.body;
  }
}

/** 128 bits; whoever knows it may ask how the submission stands. */
function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return btoa(String.fromCharCode(...bytes))
    .slice(0, 22)
    .replace(/\+/g, "-")
    .replace(/\//g, "_");
}
