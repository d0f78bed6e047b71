import assert from "node:assert/strict";
import { test } from "node:test";
import { fits, judge, variant, type Past } from "../src/rules/judge";
import type { Reason, Rules, Visitor } from "../src/rules/types";

const DAY = 86_400_000;
const NOW = 1_800_000_000_000;
const PAGE = "https://shop.example.com/sale/boots?size=42&from=mail#reviews";

const RULES: Rules = {
  on: ["load"],
  delay: 0,
  scroll: 50,
  selector: "",
  event: "",
  urls: [],
  visitors: "all",
  devices: [],
  languages: [],
  percent: 100,
  days: 7,
  times: 0,
  dismissals: 0,
  priority: 0,
  teaser: "never",
  from: 0,
  until: 0,
  variants: {},
};
const VISITOR: Visitor = { returning: false, device: "phone", languages: ["de-AT", "en"] };
const PAST: Past = { answered: false, dismissedAt: 0, dismissals: 0, showings: 0, draw: 0 };

interface Case {
  rules?: Partial<Rules>;
  past?: Partial<Past>;
  visitor?: Partial<Visitor>;
  url?: string;
  now?: number;
}

function against({ rules = {}, past = {}, visitor = {}, url = PAGE, now = NOW }: Case): Reason[] {
  return judge({ ...RULES, ...rules }, { ...VISITOR, ...visitor }, { ...PAST, ...past }, new URL(url), now);
}

function tell(expected: Reason[], cases: Case[]): void {
  for (const one of cases) assert.deepEqual(against(one), expected, JSON.stringify(one));
}

test("nothing speaks against a form without rules", () => {
  tell([], [{}, { past: { dismissals: 9, showings: 9, draw: 0.999 } }]);
});

test("who has said yes is not asked again, whatever the rules", () => {
  tell(["answered"], [{ past: { answered: true } }, { past: { answered: true }, rules: { days: 0 } }]);
});

test("a dismissal rests its days", () => {
  const past = { dismissedAt: NOW };
  tell(["dismissed"], [{ past }, { past, now: NOW + 7 * DAY - 1 }]);
  tell([], [{ past, now: NOW + 7 * DAY }, { past, rules: { days: 0 } }]);
});

test("caps count showings and dismissals; 0 is no cap", () => {
  tell(["times"], [{ rules: { times: 3 }, past: { showings: 3 } }, { rules: { times: 1 }, past: { showings: 5 } }]);
  tell([], [{ rules: { times: 3 }, past: { showings: 2 } }]);
  tell(["dismissals"], [{ rules: { dismissals: 2 }, past: { dismissals: 2 } }]);
  tell([], [{ rules: { dismissals: 2 }, past: { dismissals: 1 } }]);
});

test("devices, languages and kinds of visitors", () => {
  tell(["device"], [{ rules: { devices: ["desktop", "tablet"] } }]);
  tell([], [{ rules: { devices: ["phone"] } }]);
  tell([], [{ rules: { languages: ["de"] } }, { rules: { languages: ["fr", "de-at"] } }, { rules: { languages: ["en"] } }]);
  tell(["language"], [{ rules: { languages: ["de-DE"] } }, { rules: { languages: ["en-GB", "d"] } }]);
  tell(["visitor"], [{ rules: { visitors: "returning" } }, { rules: { visitors: "new" }, visitor: { returning: true } }]);
  tell([], [{ rules: { visitors: "new" } }, { rules: { visitors: "returning" }, visitor: { returning: true } }]);
});

test("so many of a hundred see it", () => {
  const seen = [...Array(100).keys()].filter((n) => against({ rules: { percent: 30 }, past: { draw: n / 100 } }).length === 0);
  assert.equal(seen.length, 30);
  tell(["percent"], [{ rules: { percent: 1 }, past: { draw: 0.01 } }]);
});

test("a schedule holds from its first moment and not at its last", () => {
  const rules = { from: NOW, until: NOW + DAY };
  tell(["schedule"], [{ rules, now: NOW - 1 }, { rules, now: NOW + DAY }]);
  tell([], [{ rules, now: NOW }, { rules, now: NOW + DAY - 1 }, { rules: { from: NOW } }, { rules: { until: NOW + 1 } }]);
});

test("everything that speaks against it is told", () => {
  const one: Case = { rules: { urls: ["/checkout"], devices: ["desktop"], percent: 1 }, past: { draw: 0.5, dismissedAt: NOW } };
  tell(["dismissed", "url", "device", "percent"], [one]);
});

test("addresses: the whole path, a star for anything, a host where it is named, a query where it is", () => {
  const url = new URL(PAGE);
  const yes = ["/sale/boots", "/sale/*", "/*/boots", "*", "*/sale/*", "shop.example.com/*", "*.example.com/sale*", "/sale/boots?size=42*", "/*?*from=mail*"];
  const no = ["/sale", "/sale/", "/boots", "sale/*", "/sale/*/x", "example.com/*", "/sale/boots?from=mail", "/sale/boot.", "/SALE/*", "/sale/b+oots"];
  assert.deepEqual(yes.filter((rule) => !fits(rule, url)), []);
  assert.deepEqual(no.filter((rule) => fits(rule, url)), []);
  assert.equal(fits("localhost:3000/*", new URL("http://localhost:3000/")), true);
});

test("one address that forbids is enough; of those that allow one must fit", () => {
  tell([], [{ rules: { urls: ["!/checkout*"] } }, { rules: { urls: ["/about", "/sale/*"] } }, { rules: { urls: ["/*", "!/sale/hats"] } }]);
  tell(["url"], [{ rules: { urls: ["/*", "!/sale/*"] } }, { rules: { urls: ["!/sale/boots"] } }, { rules: { urls: ["/about"] } }]);
});

test("variants are drawn by their weights, and the same draw gives the same one", () => {
  const weights = { a: 50, b: 30, c: 20 };
  const drawn = [...Array(100).keys()].map((n) => variant(weights, n / 100));
  assert.deepEqual(["a", "b", "c"].map((name) => drawn.filter((one) => one === name).length), [50, 30, 20]);
  assert.equal(variant({ a: 1, b: 1 }, 0.999999), "b");
  assert.equal(variant({ a: 0, b: 7 }, 0), "b");
  assert.equal(variant({}, 0.5), undefined);
});
