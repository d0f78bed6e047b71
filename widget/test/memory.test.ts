import assert from "node:assert/strict";
import { test } from "node:test";
import { remember, resting } from "../src/memory";

const DAY = 86_400_000;

function store(): () => Storage {
  const kept = new Map<string, string>();
  const storage = { getItem: (key: string) => kept.get(key) ?? null, setItem: (key: string, value: string) => kept.set(key, value) };
  return () => storage as unknown as Storage;
}

const blocked = (): Storage => {
  throw new DOMException("The operation is insecure.", "SecurityError");
};

test("a new visitor is not left alone", () => {
  assert.equal(resting("spring", 7, 0, store()), false);
});

test("a dismissal lasts its days, for its form", () => {
  const kept = store();
  remember("spring", "dismissed", 1000, kept);
  assert.equal(resting("spring", 7, 1000 + 7 * DAY - 1, kept), true);
  assert.equal(resting("spring", 7, 1000 + 7 * DAY, kept), false);
  assert.equal(resting("autumn", 7, 1000, kept), false);
  assert.equal(resting("spring", 0, 1000, kept), false);
});

test("a yes lasts for ever", () => {
  const kept = store();
  remember("spring", "confirmed", 0, kept);
  assert.equal(resting("spring", 7, 1000 * DAY, kept), true);
});

test("blocked storage is as empty storage", () => {
  remember("spring", "dismissed", 0, blocked);
  assert.equal(resting("spring", 7, 0, blocked), false);
});
