import assert from "node:assert/strict";
import { test } from "node:test";
import type { Conditions } from "../src/constants";
import { holds } from "../src/view";

const now = { code: true, busy: false } as Conditions;

test("all conditions must hold, and ! turns one round", () => {
  assert.equal(holds("code", now), true);
  assert.equal(holds("busy", now), false);
  assert.equal(holds("!busy", now), true);
  assert.equal(holds("code  !busy", now), true);
  assert.equal(holds("code busy", now), false);
});

test("an unknown condition does not hold", () => {
  assert.equal(holds("toString", now), false);
});
