/** Phones that are made up, and the texts they got. */

import { setTimeout as pause } from "node:timers/promises";
import type { Server } from "./server.js";

const PATIENCE_MS = 10_000;
const EVERY_MS = 50;
const LINK = /https?:\/\/[^\s<>"]*[^\s<>".,;:!?)]/g;
const CODE = /(?<![0-9+])[0-9]{6}(?![0-9])/;

/** A text that a phone got: its words, and the number it came from. */
export class SentText {
  constructor(
    readonly body: string,
    readonly sender: string,
  ) {}

  /** The six digits to type. Throws where there are none. */
  get code(): string {
    return this.found("code", CODE.exec(this.body.replace(LINK, "")));
  }

  /** The first address. Throws where there is none. */
  get link(): string {
    return this.found("link", this.body.match(LINK));
  }

  private found(what: string, match: readonly string[] | null): string {
    if (!match?.[0]) throw new Error(`there is no ${what} in the text ${JSON.stringify(this.body)}`);
    return match[0];
  }
}

/** The handset of a server, as a test reads it. */
export class Inbox {
  private readonly read = new Map<string, number>();

  constructor(private readonly server: Server) {}

  /** A mobile number of a country (ISO 3166) that nobody was given before, with its calling code. */
  async number(country = "US"): Promise<string> {
    return (await this.server.ask("/handset/numbers", { country })).phone;
  }

  /** Every text that a phone got, oldest first. */
  async texts(number: string): Promise<SentText[]> {
    const { messages } = await this.server.ask(`/handset/messages?phone=${encodeURIComponent(number)}`);
    const sent = messages.filter((message: { direction: string }) => message.direction === "out");
    return sent.map(({ text, from }: { text: string; from: string }) => new SentText(text, from));
  }

  /**
   * The next text to a phone, after the one that was waited for before, with these words in it. `timeout` is in milliseconds.
   * Throws with the texts there are.
   */
  async wait(number: string, { containing = "", timeout = PATIENCE_MS } = {}): Promise<SentText> {
    const end = Date.now() + timeout;
    for (;;) {
      const texts = await this.texts(number);
      const place = texts.findIndex((text, at) => at >= this.seen(number) && text.body.includes(containing));
      this.read.set(number, place < 0 ? this.seen(number) : place + 1);
      const found = texts[place];
      if (found) return found;
      if (Date.now() > end) throw new Error(this.none(number, containing, texts, timeout));
      await pause(EVERY_MS);
    }
  }

  /** Texts from a phone, to the number that texted it last, or to `to`. Throws where that is unknown. */
  async reply(number: string, text: string, to = ""): Promise<void> {
    await this.server.ask("/handset/replies", { from: number, to: to || (await this.correspondent(number)), text });
  }

  private seen(number: string): number {
    return this.read.get(number) ?? 0;
  }

  private none(number: string, containing: string, texts: SentText[], timeout: number): string {
    const lines = texts.map(({ body }, at) => `  ${at < this.seen(number) ? "read" : "new "}  ${JSON.stringify(body)}`);
    const wanted = containing ? `new text with ${JSON.stringify(containing)}` : "new text";
    return [`no ${wanted} came to ${number} within ${timeout} ms; it has ${texts.length}`, ...lines].join("\n");
  }

  private async correspondent(number: string): Promise<string> {
    const last = (await this.texts(number)).at(-1);
    if (last) return last.sender;
    const { senders } = await this.server.ask("/handset/senders");
    if (senders.length !== 1) throw new Error(`${number} has no text to reply to: say which number it texts`);
    return senders[0].address;
  }
}
