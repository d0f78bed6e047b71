/**
 * The same sign-up as app.py, in Node without packages.
 *
 *     YESLINE_URL=http://127.0.0.1:8321 YESLINE_KEY=yl_... node app.mjs 8000
 */

import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";

const [page, form, words] = ["page.html", "form.html", "words.json"].map((name) => readFileSync(new URL(name, import.meta.url), "utf8"));
const WORDS = JSON.parse(words);
const { YESLINE_URL, YESLINE_KEY, YESLINE_TEXTS = "promotions", YESLINE_LETTERS = "newsletter" } = process.env;
const GROUPS = { texts: YESLINE_TEXTS, letters: YESLINE_LETTERS };

async function yesline(path, body) {
  const headers = { authorization: `Bearer ${YESLINE_KEY}`, "content-type": "application/json" };
  const answer = await fetch(YESLINE_URL + path, { method: "POST", headers, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return answer.json();
}

async function signUp(given, cameFrom) {
  const ticked = Object.keys(GROUPS).filter((box) => given.has(box));
  if (ticked.includes("texts") && !given.get("phone")) return "Type your mobile number, or leave the box for texts alone.";
  if (!ticked.length) return "";
  const account = randomBytes(8).toString("hex");
  const person = { external_id: account, first_name: given.get("name"), email: given.get("email"), language: "en" };
  if (ticked.includes("texts")) person.phone = given.get("phone");
  // First who it is, then what they agreed to: the second call finds number and address by the account.
  if ((await yesline("/users/track", { attributes: [person] })).errors) return "That is no mobile number we can text. Check it, please.";
  for (const box of ticked) {
    await yesline("/subscription/status/set", {
      subscription_group_id: GROUPS[box],
      subscription_state: "subscribed",
      external_id: account,
      use_double_opt_in_logic: box === "texts",
      consent: { text: WORDS[box], act: "box ticked", at: new Date().toISOString(), ...cameFrom },
    });
  }
  return "";
}

const escaped = (text) => text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
const fill = (template, parts) => Object.entries(parts).reduce((text, [name, part]) => text.replaceAll(`{${name}}`, () => part), template);

function show(response, given, wrong) {
  const kept = Object.fromEntries(["name", "email", "phone"].map((name) => [name, escaped(given.get(name) ?? "")]));
  const beside = Object.fromEntries(Object.entries(WORDS).map(([box, text]) => [box, escaped(text)]));
  const lead = "Freshly roasted on Tuesdays, at your door by Friday.";
  write(response, { heading: "Join Larkspur Coffee", lead, form: fill(form, { ...kept, ...beside, wrong }) }, wrong ? 422 : 200);
}

function write(response, parts, status = 200) {
  response.writeHead(status, { "content-type": "text/html; charset=utf-8" }).end(fill(page, parts));
}

const server = createServer(async (request, response) => {
  if (request.method !== "POST") return show(response, new URLSearchParams(), "");
  const parts = [];
  for await (const part of request) parts.push(part);
  const given = new URLSearchParams(Buffer.concat(parts).toString());
  const cameFrom = { page: `http://${request.headers.host}${request.url}`, address: request.socket.remoteAddress, agent: request.headers["user-agent"] ?? "" };
  const wrong = await signUp(given, cameFrom).catch((error) => (console.error(error), "Something went wrong. Try again in a moment."));
  if (wrong) return show(response, given, wrong);
  const lead = `Your account is made.${given.has("texts") ? " We have just texted you: reply Y, and you are on the list." : ""}`;
  write(response, { heading: `Welcome, ${escaped(given.get("name"))}`, lead, form: "" });
});

server.listen(Number(process.argv[2]), "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}`));
