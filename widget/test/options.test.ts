import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { option } from "../src/options";

const element = (attributes: Record<string, string>): Element =>
  ({ getAttribute: (name: string) => attributes[name] ?? null }) as unknown as Element;

let warn: ReturnType<typeof mock.method>;
beforeEach(() => (warn = mock.method(console, "warn", () => {})));
afterEach(() => mock.restoreAll());

test("an attribute that is not there has its default", () => {
  assert.equal(option(element({}), "display"), "");
  assert.equal(warn.mock.callCount(), 0);
});

test("valid values are taken, from elements and script tags", () => {
  assert.equal(option(element({ form: "spring-sale" }), "form"), "spring-sale");
  assert.equal(option(element({ "data-locale": "pt-BR" }), "locale", "data-"), "pt-BR");
  assert.equal(option(element({ server: "http://localhost:8000" }), "server"), "http://localhost:8000");
});

test("a bad value is told once and left out", () => {
  const bad = element({ display: "sideways" });
  assert.equal(option(bad, "display"), "");
  assert.equal(option(bad, "display"), "");
  assert.equal(warn.mock.callCount(), 1);
  assert.match(String(warn.mock.calls[0]?.arguments[0]), /^\[yesline\] display="sideways"/);
});

test("a form's id cannot leave its place in a URL", () => {
  assert.equal(option(element({ form: "../x" }), "form"), "");
  assert.equal(option(element({ server: "https://x.example/path" }), "server"), "");
});
