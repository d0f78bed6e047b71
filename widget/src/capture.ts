/** The first step: the number and the consent, checked lightly here and sent. */

import { post, problem, type Answer } from "./client";
import { countryList } from "./countries";
import { wrong } from "./phone";
import { PhoneField } from "./phone-field";
import type { Session } from "./steps";
import type { Problem, View } from "./types";
import { hooked } from "./view";

interface Sent {
  id: string;
  fields: string;
  body: object;
}

export class Capture {
  phone?: PhoneField;
  private sent?: Sent;
  /** The number of the submission that is open, to tell a corrected one. */
  private accepted = "";

  constructor(private readonly session: Session) {}

  made(root: HTMLElement): void {
    const { view, formats } = this.session;
    const input = hooked<HTMLInputElement>(root, "phone");
    const select = hooked<HTMLSelectElement>(root, "country");
    const consent = hooked<HTMLInputElement>(root, "consent");
    if (consent) consent.checked = false;
    const list = select ? countryList(select, view) : () => {};
    if (!input) return;
    const repaint = (): void => this.chose(input);
    this.phone = new PhoneField(input, select, list, formats, view.countries, view.country, repaint);
  }

  private chose(input: HTMLInputElement): void {
    const example = this.phone?.format?.example;
    if (input.placeholder && example) input.placeholder = example;
    this.session.paint();
  }

  async submit(again = false): Promise<void> {
    const { session } = this;
    const wrong = session.busy ? undefined : this.check();
    if (wrong) return session.fail(wrong);
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
    session.submitted(answer.body);
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
    session.submitted(answer.body);
  }

  private check(): Problem | undefined {
    const code = this.phone && wrong(this.phone.value, this.phone.format);
    if (code) return { code, field: "phone" };
    const consent = this.field("consent");
    return consent && !consent.checked ? { code: "consent_missing", field: "consent" } : undefined;
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
