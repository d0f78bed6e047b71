import assert from "node:assert/strict";
import { test } from "node:test";
import { fill } from "../src/strings";

test("puts values in their places", () => {
  assert.equal(fill("Write it like {example}, in {country}.", { example: "0123", country: "US" }), "Write it like 0123, in US.");
});

test("keeps a place without a value, and braces that are none", () => {
  assert.equal(fill("{a} { b } {b}", { b: "2" }), "{a} { b } 2");
});

test("does not read a value as a template", () => {
  assert.equal(fill("{a}", { a: "{b} $&", b: "x" }), "{b} $&");
});
