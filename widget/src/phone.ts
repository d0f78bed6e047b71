/** Phone numbers as text: what was typed, in which country, and how it is written. No DOM. */

import type { Format, Rule } from "./types";

const FIRST = 3; // digits; shorter input is left as it is, as libphonenumber does
const SLACK = 2; // digits; carrier codes and the like that only the server understands

/** The digits in ASCII, whatever their script, after a `+` if one stands before them. */
export function plain(text: string): string {
  const ascii = text.replace(/\p{Nd}/gu, digit).replace(/＋/g, "+");
  return (/^\D*\+/.test(ascii) ? "+" : "") + ascii.replace(/\D/g, "");
}

function digit(sign: string): string {
  const point = sign.codePointAt(0) as number;
  let zero = point;
  while (/\p{Nd}/u.test(String.fromCodePoint(zero - 1))) zero--;
  return String((point - zero) % 10);
}

/** `00` (and `011` where the code is 1) before a number is how people dial `+`. */
export function international(phone: string, code: string): string {
  return phone.replace(code === "1" ? /^(?:00|011)(?=\d)/ : /^00(?=\d)/, "+");
}

/** The region a number with `+` belongs to: the current one if it may, else the first of those served. */
export function regionOf(phone: string, countries: Record<string, string>, current: string): string | undefined {
  if (phone[0] !== "+") return undefined;
  const served = (region: string): boolean => phone.startsWith(countries[region] ?? "-", 1);
  return [current, ...Object.keys(countries)].find(served);
}

/** What came in whole (pasted or filled in by the browser) without what people and browsers add to it. */
export function tidy(text: string, format: Format): string {
  const last = text.replace(/＋/g, "+").replace(/^.*\+(?=.*\d)/s, "+");
  const phone = international(plain(last.replace(/^(\+.*)\(0\)/s, "$1")), format.code);
  if (phone[0] !== "+") return missingPlus(phone, format) ? `+${phone}` : phone;
  if (!phone.startsWith(format.code, 1)) return phone;
  const rest = phone.slice(1 + format.code.length);
  const extra = [format.code, format.trunk].find((extra) => doubled(rest, extra, format));
  return extra ? `+${format.code}${rest.slice(extra.length)}` : phone;
}

function missingPlus(phone: string, format: Format): boolean {
  return !format.lengths.includes(significant(phone, format)) && doubled(phone, format.code, format);
}

function doubled(digits: string, extra: string, { lengths }: Format): boolean {
  return (
    extra !== "" &&
    !lengths.includes(digits.length) &&
    digits.startsWith(extra) &&
    lengths.includes(digits.length - extra.length)
  );
}

/** As written in its country, or internationally if it begins with `+`. */
export function written(phone: string, format: Format): string {
  if (phone[0] !== "+") return group(format.national, phone) ?? phone;
  const rest = phone.slice(1 + format.code.length);
  if (!rest || !phone.startsWith(format.code, 1)) return phone;
  const shown = rest.length < FIRST ? rest : group(format.plus ?? format.national, rest);
  return shown ? `+${format.code} ${shown}` : phone;
}

function group(rules: Rule[], digits: string): string | undefined {
  const rule = rules.find((rule) => fits(rule, digits));
  return rule && pour(typeof rule === "string" ? rule : rule[0], digits);
}

function fits(rule: Rule, digits: string): boolean {
  const [template, lead = "", from = FIRST] = typeof rule === "string" ? [rule] : rule;
  const room = template.split("#").length - 1;
  return digits.length >= from && digits.length <= room && new RegExp(`^${lead}`).test(digits);
}

function pour(template: string, digits: string): string {
  let used = 0;
  let text = "";
  for (const sign of template) {
    if (used === digits.length) break;
    text += sign === "#" ? digits[used++] : sign;
  }
  return text;
}

/** What is surely wrong with a number; the server has the last word on the rest. */
export function wrong(text: string, format?: Format): string | undefined {
  const phone = plain(text);
  if (!/\d/.test(phone)) return text.trim() ? "phone_not_a_number" : "phone_missing";
  if (!format || (phone[0] === "+" && !phone.startsWith(format.code, 1))) return undefined;
  const digits = phone.slice(phone[0] === "+" ? 1 + format.code.length : 0);
  if (significant(digits, format) < Math.min(...format.lengths)) return "phone_too_short";
  const most = Math.max(...format.lengths) + format.trunk.length + SLACK;
  return digits.length > most ? "phone_too_long" : undefined;
}

/** How many digits count: without the trunk prefix, unless the number is whole with them. */
function significant(digits: string, { lengths, trunk }: Format): number {
  const without = digits.length - trunk.length;
  return lengths.includes(digits.length) || !digits.startsWith(trunk) ? digits.length : without;
}

/** Where the caret belongs so that as many signs of the number stand before it as before. */
export function caretAfter(text: string, signs: number): number {
  let at = 0;
  while (signs > 0 && at < text.length) if (/[+\d]/.test(text[at++] as string)) signs--;
  return at;
}

/** Backspace or Delete on a space or bracket takes the digit beside it; else the formatting would undo the stroke. */
export function without(phone: string, signs: number, backward: boolean): string {
  const at = backward ? signs - 1 : signs;
  return at < 0 ? phone : phone.slice(0, at) + phone.slice(at + 1);
}
