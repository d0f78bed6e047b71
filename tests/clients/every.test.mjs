/** Every call of the table (see table.py) by the built TypeScript client: what it sends, and what it makes of the answer. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { after, before, test } from "node:test";

const { Yesline } = await import(`${process.env.YESLINE_CLIENT}/index.js`);
const cases = JSON.parse(readFileSync(process.env.CASES, "utf8"));
const FILE = "phone\n+12015550123\n";
let answers, asked, server, yesline;

before(async () => {
  server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    asked.push({ method: request.method, url: new URL(request.url, "http://x"), headers: request.headers, body });
    const [status, content] = answers.shift();
    response.writeHead(status, { "content-type": typeof content === "string" ? "text/csv" : "application/json" });
    response.end(typeof content === "string" ? content : JSON.stringify(content));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  yesline = new Yesline({ url: `http://127.0.0.1:${server.address().port}`, key: "yl_x" });
});

after(() => server.close());

for (const one of cases) {
  test(`${one.resource}.${one.method}`, async () => {
    [asked, answers] = [[], [[one.status, one.answer ?? "a,b\n"], [200, { [one.items]: [], next: null }]]];
    const given = [...one.places, ...(one.upload ? [FILE, one.upload] : []), ...(Object.keys(one.query).length ? [one.query] : []), ...(one.body ? [one.body] : [])];
    const found = await called(yesline[one.resource][one.method](...given), one);
    assert.deepEqual(found, one.items ? one.answer[one.items] : (one.answer ?? "a,b\n"));
    const [{ method, url, headers, body }] = asked;
    assert.deepEqual([method, url.pathname, headers.authorization], [one.verb, one.path, "Bearer yl_x"]);
    assert.deepEqual(Object.fromEntries(url.searchParams), Object.fromEntries(Object.entries(one.query).map(([name, value]) => [name, String(value)])));
    assert.equal("idempotency-key" in headers, one.verb === "POST");
    assert.equal(headers["content-type"], one.body ? "application/json" : one.upload || undefined);
    assert.deepEqual(one.body ? JSON.parse(body) : body, one.body ?? (one.upload ? FILE : ""));
  });
}

async function called(result, one) {
  if (one.items) return collected(result);
  const found = await result;
  return one.answer === null ? found.text() : found;
}

async function collected(list) {
  const found = [];
  for await (const item of list) found.push(item);
  return found;
}
