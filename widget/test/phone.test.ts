import assert from "node:assert/strict";
import { test } from "node:test";
import { caretAfter, international, plain, regionOf, tidy, without, written, wrong } from "../src/phone";
import type { Format } from "../src/types";

const US: Format = {
  code: "1",
  trunk: "1",
  lengths: [10],
  example: "(201) 555-0123",
  national: [["# ##", "1"], ["# (###) ###-####", "1", 4], "###-####", ["(###) ###-####", "", 8]],
  plus: ["###-###-####"],
};
const GB: Format = {
  code: "44",
  trunk: "0",
  lengths: [10],
  example: "07400 123456",
  national: [["##### ######", "0"]],
  plus: ["#### ######"],
};
const COUNTRIES = { US: "1", CA: "1", GB: "44", GG: "44", DE: "49" };

const typed = (number: string, format: Format): string[] =>
  [...number].map((_, at) => written(number.slice(0, at + 1), format));

test("digits of any script are digits", () => {
  assert.equal(plain("٠١٢٣٤٥٦٧٨٩"), "0123456789");
  assert.equal(plain("۰۹۱۲ ३४५ ５６７ 𝟘𝟗"), "091234556709");
  assert.equal(plain("＋44 7400"), "+447400");
});

test("a plus counts only before the first digit", () => {
  assert.equal(plain(" (+1) 201"), "+1201");
  assert.equal(plain("201+5"), "2015");
});

test("groups while one types, as at home", () => {
  assert.deepEqual(typed("2015550123", US).slice(2, 8), ["201", "201-5", "201-55", "201-555", "201-5550", "(201) 555-01"]);
  assert.equal(written("12015550123", US), "1 (201) 555-0123");
  assert.equal(written("07400123456", GB), "07400 123456");
});

test("groups nothing with a plus where no rule fits, not even the code", () => {
  assert.deepEqual(typed("+44740", { ...GB, plus: [["#### ######", "8"]] }).slice(2), ["+44", "+44 7", "+44 74", "+44740"]);
  assert.equal(written("+44740012345678", GB), "+44740012345678");
});

test("a rule may tell by later digits, and by where a number ends", () => {
  const rules: Format = { ...GB, national: [["## ###-#", "..(?:7|8$)"], "### ###"] };
  assert.deepEqual(typed("129456", rules).slice(2), ["129", "129 4", "129 45", "129 456"]);
  assert.deepEqual([written("127456", rules), written("128", rules), written("1284", rules)], ["12 745-6", "12 8", "128 4"]);
});

test("groups with a plus, once the code is whole", () => {
  assert.deepEqual(typed("+4474001", GB), ["+", "+4", "+44", "+44 7", "+44 74", "+44 740", "+44 7400", "+44 7400 1"]);
});

test("leaves alone what no rule fits", () => {
  assert.equal(written("7400123456", GB), "7400123456");
  assert.equal(written("201555012345", US), "201555012345");
});

test("00 is a plus everywhere, 011 where the code is 1", () => {
  assert.equal(international("0044", "1"), "+44");
  assert.equal(international("01144", "1"), "+44");
  assert.equal(international("01144", "44"), "01144");
  assert.equal(international("00", "1"), "00");
});

test("a calling code picks the country, and keeps the current one where it may", () => {
  assert.equal(regionOf("+4474", COUNTRIES, "US"), "GB");
  assert.equal(regionOf("+4474", COUNTRIES, "GG"), "GG");
  assert.equal(regionOf("+1", COUNTRIES, "DE"), "US");
  assert.equal(regionOf("+33", COUNTRIES, "DE"), undefined);
  assert.equal(regionOf("4474", COUNTRIES, "DE"), undefined);
});

const pasted: [string, Format, string][] = [
  ["tel:+44 7400 123456", GB, "+447400123456"],
  ["+44 (0)7400 123456", GB, "+447400123456"],
  ["+4407400123456", GB, "+447400123456"],
  ["+44+447400123456", GB, "+447400123456"],
  ["+44 44 7400 123456", GB, "+447400123456"],
  ["447400123456", GB, "+447400123456"],
  ["0044 7400 123456", GB, "+447400123456"],
  ["(0)7400 123456", GB, "07400123456"],
  ["7400123456", GB, "7400123456"],
  ["1 201 555 0123", US, "12015550123"],
  ["+1 1 201 555 0123", US, "+12015550123"],
  ["+33 6 12 34 56 78", US, "+33612345678"],
];
for (const [text, format, number] of pasted) {
  test(`"${text}" comes in as ${number}`, () => assert.equal(tidy(text, format), number));
}

const faults: [string, Format | undefined, string | undefined][] = [
  ["", US, "phone_missing"],
  ["  ", US, "phone_missing"],
  ["call me", undefined, "phone_not_a_number"],
  ["201555012", US, "phone_too_short"],
  ["1201555012", US, undefined],
  ["2015550123", US, undefined],
  ["+1 201555012", US, "phone_too_short"],
  ["20155501234567", US, "phone_too_long"],
  ["07400 12345", GB, undefined],
  ["07400 1234", GB, "phone_too_short"],
  ["+33 6", GB, undefined],
  ["12", undefined, undefined],
];
for (const [text, format, code] of faults) {
  test(`"${text}" is ${code ?? "left to the server"}`, () => assert.equal(wrong(text, format), code));
}

test("the caret stays behind the sign it was behind", () => {
  assert.equal(caretAfter("(201) 555", 0), 0);
  assert.equal(caretAfter("(201) 555", 3), 4);
  assert.equal(caretAfter("(201) 555", 4), 7);
  assert.equal(caretAfter("(201)", 9), 5);
});

test("a stroke on a separator takes the digit beside it", () => {
  assert.equal(without("2015", 3, true), "205");
  assert.equal(without("2015", 3, false), "201");
  assert.equal(without("2015", 0, true), "2015");
});
