/** The second step: waits for the phone's answer, takes a typed code, sends again. */

import { post, type Answer } from "./client";
import { watch } from "./live";
import { awaitCode } from "./otp";
import { plain } from "./phone";
import type { Session } from "./steps";
import type { Submission } from "./types";
import { hooked } from "./view";

const CODE_LENGTH = 6;

export class Confirm {
  private resendAt = 0;
  private tried = "";
  private stops: (() => void)[] = [];

  constructor(private readonly session: Session) {}

  /** Seconds until the text may be sent again. */
  get wait(): number {
    return Math.max(0, Math.ceil((this.resendAt - Date.now()) / 1000));
  }

  enter(): void {
    const { session } = this;
    this.tried = "";
    this.later(session.submission?.resend_after);
    session.go("confirm");
    session.say("status.waiting");
    this.watch();
  }

  /** Listens for the phone until `rest`. */
  watch(): void {
    this.rest();
    const clock = setInterval(() => this.ticked(), 1000);
    this.stops = [watch(this.url(), (state) => this.heard(state)), () => clearInterval(clock)];
    if (this.session.submission?.methods?.includes("code")) this.stops.push(awaitCode((code) => this.fillIn(code)));
  }

  rest(): void {
    for (const stop of this.stops.splice(0)) stop();
  }

  typed(): void {
    const code = this.typedCode();
    if (code.length === CODE_LENGTH && code !== this.tried) void this.submit();
  }

  async submit(): Promise<void> {
    const code = this.typedCode();
    if (!code) return this.session.fail({ code: "code_wrong", field: "code" });
    const { tried } = this;
    this.tried = code;
    const answer = await this.send("status.checking", "/code", { code });
    if (!answer) return void (this.tried = tried);
    if (answer.body?.state === "confirmed") return this.session.finish(answer.body);
    this.session.refused(answer);
  }

  async resend(): Promise<void> {
    const { session } = this;
    if (this.wait) return;
    const answer = await this.send("status.sending", "/resend", {});
    if (!answer) return;
    this.later(answer.body?.resend_after ?? answer.retryAfter);
    if (answer.ok) session.say("status.resent");
    else session.refused(answer);
    session.paint();
    this.typed(); // the text may be here, and its code filled in, before the answer
  }

  private later(seconds = 0): void {
    this.resendAt = Date.now() + seconds * 1000;
  }

  private ticked(): void {
    if (Date.now() < this.resendAt + 2000) this.session.paint();
  }

  private heard(state: Submission): void {
    const { session } = this;
    if (state.state === "confirmed") return session.finish(state);
    if (state.state !== "expired" || session.expired) return;
    session.expired = true;
    session.say("status.expired");
    session.paint();
  }

  private fillIn(code: string): void {
    const input = this.input();
    if (!input) return;
    input.value = code;
    void this.submit();
  }

  private input(): HTMLInputElement | null {
    return hooked<HTMLInputElement>(this.session.screen.root, "code");
  }

  private typedCode(): string {
    return plain(this.input()?.value ?? "");
  }

  private url(): string {
    return `${this.session.server}/submissions/${this.session.submission?.submission}`;
  }

  private send(status: string, path: string, body: object): Promise<Answer | undefined> {
    const { session } = this;
    return session.during(status, () => post(this.url() + path, body, { offline: session.lost }));
  }
}
