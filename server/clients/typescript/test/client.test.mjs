/** The built client against a server of ours that answers what it is told to. `npm test` runs it. */

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { createServer } from "node:http";
import { after, before, beforeEach, mock, test } from "node:test";

const built = process.env.YESLINE_CLIENT ?? new URL("../build", import.meta.url).href;
const { Conflict, Fault, Invalid, NotFound, NotGenuine, SetupError, TooMany, Unreachable, Yesline, verify } = await import(`${built}/index.js`);
const { Caller } = await import(`${built}/caller.js`);

const REFUSED = (code) => ({ error: { code, message: "No.", field: "phone" } });
const OK = { items: [], next: null };
const waits = [];
let answers, asked, server, url, yesline;

before(async () => {
  server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    asked.push({ method: request.method, url: request.url, headers: request.headers, body });
    const [status, content, headers] = answers.shift();
    if (status === 0) return request.socket.destroy();
    response.writeHead(status, { "content-type": "application/json", ...headers }).end(typeof content === "string" ? content : JSON.stringify(content));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${server.address().port}`;
  // Time runs fast; the runtime's own timers pass here, too.
  const real = setTimeout;
  mock.method(globalThis, "setTimeout", (go, wait, ...rest) => (waits.push(wait), real(go, wait / 200, ...rest)));
});

after(() => server.close());

beforeEach(() => {
  [answers, asked] = [[], []];
  waits.length = 0;
  yesline = new Yesline({ url: `${url}/`, key: "yl_x" });
});

test("a list is read page by page to its end", async () => {
  answers = [[200, { items: [{ id: "1" }, { id: "2" }], next: "m" }], [200, { items: [{ id: "3" }], next: null }]];
  const found = [];
  for await (const one of yesline.subscribers.list({ group: "a&b", limit: 2, state: undefined })) found.push(one.id);
  assert.deepEqual(found, ["1", "2", "3"]);
  assert.deepEqual(asked.map((one) => one.url), ["/v1/subscribers?group=a%26b&limit=2", "/v1/subscribers?group=a%26b&limit=2&after=m"]);
  assert.equal(asked[0].headers.authorization, "Bearer yl_x");
});

test("the feed is read until nothing is new, and one part by itself", async () => {
  answers = [[200, { events: [{ seq: 5 }], next: 5 }], [200, { events: [], next: 5 }], [200, { events: [{ seq: 5 }], next: 5 }]];
  const found = [];
  for await (const event of yesline.events.list({ after: 4 })) found.push(event.seq);
  assert.deepEqual(found, [5]);
  assert.equal(asked[1].url, "/v1/events?after=5");
  assert.deepEqual(await yesline.events.list({ after: 4 }).page(), { items: [{ seq: 5 }], next: 5 });
});

test("a POST is sent again under its key until it is answered", async () => {
  answers = [[503, REFUSED("try_again"), { "retry-after": "2" }], [0], [409, REFUSED("idempotency_in_flight"), { "retry-after": "2" }], [200, { id: "x" }]];
  assert.deepEqual(await yesline.subscribers.stop("x", { by: "Ada" }), { id: "x" });
  const keys = new Set(asked.map((one) => one.headers["idempotency-key"]));
  assert.deepEqual([asked.length, keys.size], [4, 1]);
  assert.ok([...keys][0].length > 20);
  assert.equal(waits.filter((wait) => wait >= 2000 && wait <= 2200).length, 2, String(waits));
  answers = [[200, {}], [200, {}]];
  await yesline.subscribers.stop("x", {}, { idempotencyKey: "order 1" });
  await yesline.subscribers.stop("x");
  assert.equal(asked[4].headers["idempotency-key"], "order 1");
  assert.ok(!keys.has(asked[5].headers["idempotency-key"]));
});

test("what is refused is told, and not sent again", async () => {
  answers = [[409, REFUSED("stopped")], [404, REFUSED("key_not_found")], [429, REFUSED("prompt_capped"), { "retry-after": "3600" }], [422, REFUSED("bad")]];
  const set = () => yesline.subscriptions.set({ group: "g", state: "subscribed", phone: "+12015550123" });
  await assert.rejects(set, (error) => {
    assert.ok(error instanceof Conflict && error.name === "Conflict");
    assert.deepEqual([error.status, error.code, error.message, error.field, error.retryAfter], [409, "stopped", "No.", "phone", undefined]);
    return true;
  });
  await assert.rejects(() => yesline.keys.revoke("x"), NotFound);
  await assert.rejects(set, (error) => error instanceof TooMany && error.retryAfter === 3600);
  await assert.rejects(set, Invalid);
  assert.equal(asked.length, 4);
});

test("who does not answer is asked four times", async () => {
  answers = [[0], [0], [0], [0]];
  await assert.rejects(() => yesline.groups.list().page(), Unreachable);
  assert.equal(asked.length, 4);
  answers = [[503, "away"]];
  await assert.rejects(() => new Yesline({ url, key: "k", retries: 0 }).groups.list().page(), (error) => error instanceof Fault && error.code === "unexpected");
});

test("what is no answer of Yesline's is a fault", async () => {
  answers = [[200, "<html>"], [302, "", { location: "/x" }]];
  for (const status of [200, 302]) {
    await assert.rejects(() => yesline.subscribers.get("x"), (error) => error instanceof Fault && error.status === status && /address/.test(error.message));
  }
});

test("an id is one part of the address", async () => {
  answers = [[200, {}]];
  await yesline.subscribers.get("a/b?c");
  assert.equal(asked[0].url, "/v1/subscribers/a%2Fb%3Fc");
  for (const id of ["", ".", ".."]) assert.throws(() => yesline.subscribers.get(id), RangeError);
});

test("who gives up is obeyed", async () => {
  const signal = AbortSignal.abort(new Error("enough"));
  await assert.rejects(() => yesline.subscribers.get("x", { signal }), /enough/);
  assert.equal(asked.length, 0);
});

test("a server that hangs is left after the time given", async () => {
  let tries = 0;
  const fetch = (_, { signal }) => new Promise((_, reject) => (tries++, signal.addEventListener("abort", () => reject(signal.reason))));
  await assert.rejects(() => new Yesline({ url, key: "k", timeout: 1, retries: 1, fetch }).subscribers.get("x"), Unreachable);
  assert.equal(tries, 2);
});

test("files go and come as they are", async () => {
  const caller = new Caller({ url, key: "k" });
  answers = [[503, REFUSED("try_again")], [202, { id: "j" }], [200, "a,b\n1,2\n", { "content-type": "text/csv" }]];
  assert.deepEqual(await caller.upload("/v1/imports", { dry_run: true }, new Blob(["phone\n"]), "text/csv"), { id: "j" });
  assert.deepEqual(asked.map((one) => [one.url, one.headers["content-type"], one.body]), Array(2).fill(["/v1/imports?dry_run=true", "text/csv", "phone\n"]));
  assert.equal(await (await caller.download("/v1/exports", {})).text(), "a,b\n1,2\n");
});

test("the environment says what is not given", async () => {
  assert.throws(() => new Yesline({ key: "k" }), SetupError);
  assert.throws(() => new Yesline({ url }), SetupError);
  Object.assign(process.env, { YESLINE_URL: url, YESLINE_KEY: "yl_env" });
  answers = [[200, OK]];
  await new Yesline().groups.list().page();
  assert.equal(asked[0].headers.authorization, "Bearer yl_env");
});

const SECRET = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;
const OTHER = `whsec_${Buffer.alloc(32, 8).toString("base64")}`;
const BODY = '{"type":"profile.erased","data":{"text":"Ünï"}}';

function signed(secrets, at = 1_800_000_000) {
  const macs = secrets.map((secret) => createHmac("sha256", Buffer.from(secret.slice(6), "base64")).update(`msg_1.${at}.${BODY}`).digest("base64"));
  return { "Webhook-Id": "msg_1", "webhook-timestamp": String(at), "webhook-signature": macs.map((mac) => `v1,${mac}`).join(" ") };
}

test("a webhook that a secret signed is genuine, in any form that headers come in", async () => {
  for (const headers of [signed([SECRET]), new Headers(signed([SECRET, OTHER])), { ...signed([OTHER, SECRET]), none: undefined }]) {
    assert.equal((await verify(SECRET, headers, BODY, 1_800_000_300)).type, "profile.erased");
  }
  assert.equal((await verify([OTHER, SECRET], signed([SECRET]), new TextEncoder().encode(BODY), 1_799_999_700)).data.text, "Ünï");
});

test("any other webhook is not", async () => {
  const refused = (secret, headers, body, now = 1_800_000_000) => assert.rejects(() => verify(secret, headers, body, now), NotGenuine);
  await refused(SECRET, signed([SECRET]), BODY.replace("U", "V").replace("erased", "kept"));
  await refused(OTHER, signed([SECRET]), BODY);
  await refused(SECRET, signed([SECRET]), BODY, 1_800_000_301);
  await refused(SECRET, signed([SECRET]), BODY, 1_799_999_699);
  await refused(SECRET, { ...signed([SECRET]), "Webhook-Id": "msg_2" }, BODY);
  await refused(SECRET, { ...signed([SECRET]), "webhook-signature": "v1,% v1a,x" }, BODY);
  await refused(SECRET, {}, BODY);
});
