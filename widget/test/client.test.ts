import assert from "node:assert/strict";
import { afterEach, mock, test } from "node:test";
import { post, problem } from "../src/client";

type Reply = Response | "lost";
const json = (status: number, body: unknown, headers = {}): Response => new Response(JSON.stringify(body), { status, headers });

/** Answers in turn and keeps what was sent. */
function replies(...turn: Reply[]): string[] {
  const sent: string[] = [];
  mock.method(globalThis, "fetch", async (_url: string, init: RequestInit) => {
    sent.push(String(init.body));
    const reply = turn.shift();
    if (!reply || reply === "lost") throw new TypeError("Failed to fetch");
    return reply;
  });
  return sent;
}

/** Waits without waiting. */
function patience(): { waited: number[]; told: boolean[]; waiting: object } {
  const waited: number[] = [];
  const told: boolean[] = [];
  const rest = async (seconds: number): Promise<void> => void waited.push(seconds);
  return { waited, told, waiting: { rest, offline: (lost: boolean) => told.push(lost) } };
}

afterEach(() => mock.restoreAll());

test("an answer comes back whole", async () => {
  replies(json(202, { submission: "x" }));
  const answer = await post("/x", { id: 1 });
  assert.deepEqual(answer, { ok: true, body: { submission: "x" }, retryAfter: 0 });
});

test("a lost request and a failing server get the very same body again", async () => {
  const sent = replies("lost", json(500, {}), json(503, {}), json(202, {}));
  const { waited, told, waiting } = patience();
  const answer = await post("/x", { id: "abc", phone: "1" }, waiting);
  assert.equal(answer.ok, true);
  assert.deepEqual(sent, Array(4).fill('{"id":"abc","phone":"1"}'));
  assert.deepEqual(waited, [1, 2, 4]);
  assert.deepEqual(told, [true, true, true, false]);
});

test("gives up after about a minute, and says why", async () => {
  const sent = replies();
  const { waited, waiting } = patience();
  const answer = await post("/x", {}, waiting);
  assert.equal(problem(answer).code, "network");
  assert.equal(sent.length, waited.length + 1);
  assert.equal(waited.reduce((sum, seconds) => sum + seconds), 60);
});

test("a refusal is final", async () => {
  const sent = replies(json(422, { error: { code: "phone_invalid", field: "phone" } }));
  const answer = await post("/x", {});
  assert.deepEqual(problem(answer), { code: "phone_invalid", field: "phone" });
  assert.equal(sent.length, 1);
});

test("reads how long to wait", async () => {
  replies(json(429, { error: { code: "too_many_requests" } }, { "Retry-After": "17" }));
  assert.equal((await post("/x", {})).retryAfter, 17);
});

test("an answer that is not ours is an internal error", async () => {
  replies(new Response("<html>Bad Gateway", { status: 404 }));
  assert.equal(problem(await post("/x", {})).code, "internal");
});

test("sends no cookies", async () => {
  replies(json(200, {}));
  await post("/x", {});
  const [, init] = (fetch as unknown as ReturnType<typeof mock.fn>).mock.calls[0]?.arguments as [string, RequestInit];
  assert.equal(init.credentials, "omit");
});
