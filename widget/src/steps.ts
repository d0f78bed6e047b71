/** One showing of a form: which step it is at, what is known, and what the screen therefore says. */

import { Capture } from "./capture";
import { problem, tell, type Answer } from "./client";
import { Confirm } from "./confirm";
import type { Conditions, EventName, Slots } from "./constants";
import { Formats, names, whenIdle } from "./countries";
import { remember } from "./memory";
import { Screen } from "./screen";
import { fill } from "./strings";
import type { Display, Problem, Step, Submission, View } from "./types";
import { fielded, set } from "./view";
import { askFor } from "./loading";

export interface Host {
  emit(name: EventName, detail?: object): boolean;
  /** The form has left the screen for good. */
  closed(): void;
}

export class Session {
  readonly screen: Screen;
  readonly formats: Formats;
  submission?: Submission;
  busy = false;
  offline = false;
  expired = false;
  shownAt = 0;
  via: "pointer" | "key" = "pointer";
  step: Step;
  private readonly capturing = new Capture(this);
  private readonly confirming = new Confirm(this);

  constructor(
    private readonly host: Host,
    shadow: ShadowRoot,
    public view: View,
    readonly server: string,
    display: Display,
  ) {
    this.step = this.steps[0] as Step;
    this.formats = new Formats(server, view.formats);
    this.screen = new Screen(shadow, display, view, (step, root) => step === "capture" && this.capturing.made(root));
    this.listen(this.screen.root);
  }

  get form(): string {
    return this.view.form;
  }

  private get steps(): Step[] {
    return Object.keys(this.view.steps);
  }

  /** The step so many after this one. */
  beside(by: number): Step {
    return this.steps[this.steps.indexOf(this.step) + by] as Step;
  }

  // Showing and leaving.

  prepare(): void {
    this.screen.show(this.step);
    this.paint();
  }

  /** Puts the form (back) on the page; everything typed so far is kept. */
  resume(byHand: boolean): void {
    this.screen.attach(() => this.dismiss(), this.screen.modal || (byHand && this.screen.floats));
    if (this.submission) this.confirming.watch();
    if (this.shownAt) return;
    this.shownAt = Date.now();
    // Nothing of this may hold up the form.
    const seen = (): void => {
      this.count("shown");
      void this.whole();
      this.capturing.list?.();
    };
    requestAnimationFrame(() => whenIdle(seen));
  }

  suspend(): void {
    this.confirming.rest();
    this.screen.detach();
  }

  dismiss(): void {
    this.suspend();
    this.shownAt = 0;
    if (this.step !== "done") this.dismissed();
    this.host.closed();
  }

  private count(event: EventName): void {
    tell(`${this.server}/forms/${this.form}/seen`, event);
  }

  private dismissed(): void {
    remember(this.form, "dismissed");
    this.count("dismissed");
    this.host.emit("dismissed");
  }

  // From step to step.

  go(step: Step): void {
    const { screen } = this;
    const inside = screen.modal || screen.focused !== null;
    this.step = step;
    screen.clearError();
    screen.show(step);
    this.paint();
    if (inside) screen.focusHeading();
  }

  /** Fetches what the view left out, however long it takes. */
  private async whole(): Promise<void> {
    while (this.view.later) {
      const whole = await askFor(this.server, this.form, this.view.locale);
      if (typeof whole === "string") await new Promise((resolve) => setTimeout(resolve, 2000));
      else if (this.view.later) this.screen.wear((this.view = { ...whole, stamp: this.view.stamp, consent: this.view.consent }));
    }
  }

  async submitted(submission: Submission): Promise<void> {
    const first = !this.submission;
    this.submission = { ...this.submission, ...submission };
    if (first) this.emit("submitted");
    await this.whole();
    if (submission.next === "done") this.finish();
    else this.confirming.enter();
  }

  finish(told?: Submission): void {
    if (this.step === "done") return;
    this.submission = { ...this.submission, ...told } as Submission;
    this.confirming.rest();
    remember(this.form, "confirmed");
    this.go("done");
    if (!this.screen.focused) this.say("status.confirmed");
    this.emit("confirmed");
  }

  private emit(name: EventName): void {
    this.host.emit(name, { submission: this.submission?.submission });
  }

  /** One request at a time; a second press meanwhile does nothing. */
  async during(status: string, send: () => Promise<Answer>): Promise<Answer | undefined> {
    if (this.busy) return undefined;
    this.busy = true;
    this.screen.clearError();
    this.say(status);
    this.paint();
    const answer = await send();
    this.busy = false;
    this.paint();
    return answer;
  }

  lost = (offline: boolean): void => {
    if (this.offline === offline) return;
    this.offline = offline;
    if (offline) this.say("status.offline");
    this.paint();
  };

  // What the screen says.

  paint(): void {
    this.screen.paint(this.conditions(), this.slots());
  }

  say(name: string): void {
    this.screen.say(fill(this.view.strings[name] ?? "", { number: this.submission?.number ?? "" }));
  }

  refused(answer: Answer): void {
    this.fail(problem(answer), answer.retryAfter);
  }

  fail(problem: Problem, seconds = 0): void {
    const { code, field } = problem;
    const place = this.capturing.placeOf(field);
    if (place && place !== this.step && this.step !== "confirm") this.go(place);
    const about = field ? fielded(this.screen.root, field) : null;
    // An age that was refused is not to be made to fit.
    if (code === "too_young" && about) set(about, { readonly: "" });
    this.screen.fail(this.explain(problem, seconds), about);
    this.paint();
    this.host.emit(field ? "invalid" : "failed", { code });
    if (field) this.count("invalid");
  }

  private explain({ code, message }: Problem, seconds: number): string {
    const { strings, locale } = this.view;
    const text = strings[`error.${code}`] ?? message ?? strings["error.internal"] ?? code;
    return fill(text, { country: names(locale)(this.region), example: this.example, seconds: String(seconds) });
  }

  /** Besides what holds because there is something to say: an error, a coupon. */
  private conditions(): Omit<Conditions, "error" | "coupon"> {
    const can = (method: string): boolean => !!this.submission?.methods?.includes(method);
    const wait = this.confirming.wait > 0;
    return {
      reply: can("reply"),
      code: can("code"),
      link: can("link"),
      busy: this.busy,
      wait,
      ready: !wait,
      offline: this.offline,
      expired: this.expired,
    };
  }

  private slots(): Partial<Slots> {
    const dial = `+${this.view.countries[this.region] ?? ""}`;
    const { error } = this.screen;
    return { ...this.submission, countdown: String(this.confirming.wait), error, dial, example: this.example };
  }

  private get region(): string {
    return this.capturing.phone?.region ?? this.view.country;
  }

  private get example(): string {
    return this.formats.of(this.region)?.example ?? "";
  }

  // What the person does.

  private listen(root: HTMLElement): void {
    const on = (name: string, act: (hook: string | undefined, event: any) => void): void =>
      root.addEventListener(name, (event) => act(hookOf(event), event));
    on("click", (hook, event) => this.clicked(hook, event));
    on("submit", (hook, event: Event) => {
      event.preventDefault();
      if (hook === "form") void this.capturing.submit();
      if (hook === "code-form") void this.confirming.submit();
    });
    for (const name of ["input", "compositionend"]) on(name, (hook, event) => this.typed(hook, event));
    on("change", (hook) => hook === "country" && this.capturing.phone?.chosen());
  }

  private clicked(hook: string | undefined, event: MouseEvent): void {
    if (hook === "submit") this.via = event.detail ? "pointer" : "key";
    if (hook === "close") this.dismiss();
    if (hook === "back") this.go(this.beside(-1));
    if (hook === "resend" || hook === "correct") {
      event.preventDefault();
      if (hook === "resend") void this.confirming.resend();
      else this.go("capture");
    }
  }

  private typed(hook: string | undefined, event: InputEvent): void {
    if (hook === "phone") this.capturing.phone?.typed(event);
    if (hook === "code") void this.confirming.typed();
  }
}

function hookOf(event: Event): string | undefined {
  return (event.target as Element).closest<HTMLElement>("[data-yesline]")?.dataset.yesline;
}
