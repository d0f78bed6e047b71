/** The phone input and its country list: formats while one types, and keeps the caret where the hand is. */

import type { Formats } from "./countries";
import { caretAfter, international, plain, regionOf, tidy, without, written } from "./phone";
import type { Format } from "./types";

const TYPED = /^(insertText|insertCompositionText|delete)/;

export class PhoneField {
  private last = "";

  constructor(
    private readonly input: HTMLInputElement,
    private readonly select: HTMLSelectElement | null,
    private readonly list: () => void,
    private readonly formats: Formats,
    private readonly countries: Record<string, string>,
    private readonly home: string,
    private readonly changed: () => void,
  ) {
    if (!this.format) void this.load();
  }

  get value(): string {
    return this.input.value.trim();
  }

  get region(): string {
    return this.select?.value || this.home;
  }

  get format(): Format | undefined {
    return this.formats.of(this.region);
  }

  typed(event: InputEvent): void {
    // An input method still holds the text: https://www.w3.org/TR/input-events-2/#interface-InputEvent-Attributes
    if (event.isComposing) return;
    const { value } = this.input;
    const caret = this.input.selectionStart ?? value.length;
    const deleted = /^deleteContent/.test(event.inputType);
    const phone = deleted ? plain(value) : this.read(value); // 090 without its 9 does not dial abroad
    const signs = phone.length - plain(value.slice(caret)).length;
    if (this.cameWhole(phone, event)) this.tidied(value);
    else if (deleted && phone === this.last) this.erased(phone, signs, event.inputType);
    else this.settle(phone, signs);
  }

  /** Puts back what was typed into a field that was made anew. */
  restore(text: string, region: string): void {
    if (region in this.countries) this.choose(region);
    this.input.value = text;
    void this.load(text);
  }

  /** Another country was chosen: a calling code in the field gives way to it. */
  chosen(): void {
    const phone = plain(this.input.value);
    const other = phone[0] === "+" && !phone.startsWith(this.code, 1);
    const code = other && Object.values(this.countries).find((code) => phone.startsWith(code, 1));
    if (code) this.input.value = phone.slice(1 + code.length);
    void this.load();
  }

  private get code(): string {
    return this.countries[this.region] ?? "";
  }

  private read(text: string): string {
    return international(plain(text), this.code);
  }

  /** Pasted or filled in. Keyboards that suggest a number say `insertText`, as for a stroke. */
  private cameWhole(phone: string, { inputType, data }: InputEvent): unknown {
    return (inputType === "insertText" && data?.[1]) || phone.length - this.last.length > 1 || !TYPED.test(inputType);
  }

  private erased(phone: string, signs: number, inputType: string): void {
    const backward = inputType.endsWith("Backward");
    this.settle(without(phone, signs, backward), backward ? signs - 1 : signs);
  }

  /** Words without a digit are left, to be told that they are no number. */
  private tidied(text: string): void {
    const phone = this.read(text);
    if (text && !phone) return;
    this.follow(phone); // from here on 011 is read as another country reads it
    this.settle(this.format ? tidy(/[+＋]/.test(text) ? text : phone, this.format) : phone, Infinity, text);
  }

  private settle(phone: string, signs: number, whole?: string): void {
    this.last = phone;
    this.follow(phone);
    if (this.format) this.write(written(phone, this.format), signs);
    else void this.load(whole);
  }

  private follow(phone: string): void {
    const region = regionOf(phone, this.countries, this.region);
    if (!region || region === this.region) return;
    this.choose(region);
    this.changed();
  }

  private choose(region: string): void {
    this.list();
    if (this.select) this.select.value = region;
  }

  private async load(whole?: string): Promise<void> {
    const { region } = this;
    await this.formats.fetch(region);
    if (region !== this.region || !this.format) return;
    if (this.input.value) this.tidied(whole ?? this.input.value);
    this.changed();
  }

  private write(text: string, signs: number): void {
    const { input } = this;
    if (text === input.value) return;
    input.value = text;
    // Setting a selection moves the focus in Safari: https://bugs.webkit.org/show_bug.cgi?id=224425
    if ((input.getRootNode() as ShadowRoot).activeElement !== input) return;
    const caret = caretAfter(text, signs);
    input.setSelectionRange(caret, caret);
  }
}
