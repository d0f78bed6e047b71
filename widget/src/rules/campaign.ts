/** One form that shows by itself: its past on this device, its turn, its variant, its teaser. */

import type { Core, View } from "../types";
import { onMove } from "./address";
import { judge, variant, type Past } from "./judge";
import { draw, number, read, write } from "./store";
import { showTeaser } from "./teaser";
import type { Reason, Rules, Visitor } from "./types";

/** Who has had enough of the form by itself may still have the teaser. */
const TIRED: Reason[] = ["dismissed", "dismissals", "times"];

export class Campaign {
  due = false;
  readonly rules: Rules;
  private readonly over = new AbortController();
  /** What became of it on this page. */
  private settled?: Reason | "shown";
  private live = true;
  private teased = false;
  private hideTeaser = (): void => {};

  constructor(
    private readonly core: Core,
    readonly view: View,
    private readonly show: () => void,
    private readonly visitor: Visitor,
  ) {
    this.rules = view.rules as Rules;
    core.heard.push(this.hear);
    onMove(() => this.arrive(), this.over.signal);
    this.arrive();
  }

  /** What speaks against showing now. */
  against(): Reason[] {
    return judge(this.rules, this.visitor, this.past(), new URL(location.href), Date.now());
  }

  get reasons(): Reason[] {
    const against = this.against();
    if (against.length > 0 || this.settled === "shown") return against;
    return [this.settled ?? (this.rules.on.every((moment) => moment === "manual") ? "manual" : "waiting")];
  }

  /** The form that is shown: itself, or the variant drawn for this visitor. */
  get shownForm(): string {
    const { form } = this.view;
    const { variants } = this.rules;
    return Object.keys(variants).length > 0 ? (variant(variants, draw(`${this.key}:variant`)) ?? form) : form;
  }

  ready(): boolean {
    return this.against().length === 0 && !this.settled;
  }

  lost(): void {
    this.due = false;
    this.settled = "other_form";
  }

  /** Its turn has come, unless another form is over the page by now. */
  take(): void {
    this.due = false;
    if (!this.core.free()) return this.lost();
    this.settled = this.rules.teaser === "before" ? "teaser" : "kept_away";
    write(`${this.key}:teaser`, "");
    if (this.rules.teaser === "before") this.tease();
    else void this.open(false);
  }

  /** By hand it takes the focus along. */
  async open(byHand: boolean): Promise<void> {
    const { core, view, shownForm } = this;
    if (shownForm === view.form) return byHand ? core.open(view.form) : this.show();
    const other = await core.load(core.server, shownForm, view.locale);
    if (typeof other === "string") return;
    // Its own rules are not asked: this form's were.
    const trigger = { on: byHand ? "manual" : "load" };
    window.yesline?.push(["view", { ...other, rules: undefined, trigger, caps: { days: 0 } }]);
    if (byHand) core.open(shownForm);
  }

  /** Its element has left the page, or was told to show. */
  rest(): void {
    this.live = this.due = false;
    this.hideTeaser();
  }

  end(): void {
    const { heard } = this.core;
    this.rest();
    this.over.abort();
    heard.splice(heard.indexOf(this.hear), 1);
  }

  private arrive(): void {
    this.settled = undefined;
    const against = this.against();
    if (!this.mayTease()) this.hideTeaser();
    else if (this.rules.teaser === "after" && against.length > 0) this.tease();
  }

  private get key(): string {
    return `yesline:${this.view.form}`;
  }

  private past(): Past {
    const [outcome, since] = read(this.key).split(" ");
    return {
      answered: outcome === "confirmed",
      dismissedAt: outcome === "dismissed" ? Number(since) : 0,
      dismissals: number(`${this.key}:dismissals`),
      showings: number(`${this.key}:showings`),
      draw: this.rules.percent < 100 ? draw(`${this.key}:draw`) : 0,
    };
  }

  private readonly hear = (command: string, event: string, detail: { form: string }): void => {
    if (command !== "event" || (detail.form !== this.view.form && detail.form !== this.shownForm)) return;
    if (event === "shown") this.shown();
    if (event === "confirmed") write(this.key, `confirmed ${Date.now()}`);
    if (event === "dismissed") this.dismissed();
  };

  private shown(): void {
    this.settled = "shown";
    this.live = true;
    this.due = false;
    this.hideTeaser();
    this.count("showings");
  }

  private dismissed(): void {
    this.refused();
    write(`${this.key}:teaser`, "");
    // The focus goes back to where it was, but that teaser is gone.
    if (this.mayTease()) this.tease(this.teased && document.activeElement === document.body);
  }

  private refused(): void {
    write(this.key, `dismissed ${Date.now()}`);
    this.count("dismissals");
  }

  private count(what: "showings" | "dismissals"): void {
    write(`${this.key}:${what}`, String(number(`${this.key}:${what}`) + 1));
  }

  private mayTease(): boolean {
    const { rules, live, key } = this;
    return live && rules.teaser !== "never" && read(`${key}:teaser`) !== "closed" && this.against().every((reason) => TIRED.includes(reason));
  }

  private tease(focus = false): void {
    const open = (): void => {
      this.teased = true;
      void this.open(true);
    };
    this.hideTeaser();
    this.hideTeaser = showTeaser(this.view, { open, close: () => this.teaserClosed() }, focus);
  }

  /** A no to the form as well. */
  private teaserClosed(): void {
    this.refused();
    write(`${this.key}:teaser`, "closed");
    this.hideTeaser();
  }
}
