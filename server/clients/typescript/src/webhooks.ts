import { NotGenuine } from "./errors.js";
import type { Event } from "./types.js";

/** Seconds that a webhook may be old, or our clock behind. */
const TOLERANCE = 300;
const encoder = new TextEncoder();

type Named = Headers | Record<string, string | string[] | undefined>;

/**
 * The event that a webhook tells, found genuine as Standard Webhooks 1.0 has it; `body` is what came, unchanged. Throws NotGenuine.
 *
 * `secret` may be several, such as the one that is being replaced and its successor. `now` is for tests, in seconds since 1970.
 */
export async function verify(secret: string | string[], headers: Named, body: string | Uint8Array, now = Date.now() / 1000): Promise<Event> {
  const told = read(headers);
  const stamp = told.get("webhook-timestamp") ?? "";
  checkAge(stamp, now);
  const sent = typeof body === "string" ? encoder.encode(body) : body;
  const signed = new Uint8Array([...encoder.encode(`${told.get("webhook-id") ?? ""}.${stamp}.`), ...sent]);
  const given = (told.get("webhook-signature") ?? "").split(" ").filter((part) => part.startsWith("v1,"));
  if (!(await anyGenuine([secret].flat(), given, signed))) throw new NotGenuine("No signature of this webhook was made with the secret.");
  return JSON.parse(new TextDecoder().decode(sent)) as Event;
}

function read(headers: Named): Headers {
  if (headers instanceof Headers) return headers;
  return new Headers(Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)] as [string, string]])));
}

function checkAge(stamp: string, now: number): void {
  if (!/^\d{1,15}$/.test(stamp)) throw new NotGenuine("The webhook has no webhook-timestamp: it is none of Yesline's.");
  if (Math.abs(now - Number(stamp)) > TOLERANCE) {
    throw new NotGenuine("The webhook is older than five minutes, or a clock is wrong: it may have been recorded and sent again.");
  }
}

/** WebCrypto compares in a time that tells nothing. */
async function anyGenuine(secrets: string[], given: string[], signed: Uint8Array<ArrayBuffer>): Promise<boolean> {
  const found = await Promise.all(secrets.flatMap((secret) => given.map((one) => isGenuine(secret, one.slice(3), signed))));
  return found.includes(true);
}

async function isGenuine(secret: string, signature: string, signed: Uint8Array<ArrayBuffer>): Promise<boolean> {
  const mac = bytes(signature);
  if (!mac) return false;
  const key = bytes(secret.replace(/^whsec_/, ""));
  if (!key) throw new TypeError("The secret is not one that Yesline made: it is written whsec_…");
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  return crypto.subtle.verify("HMAC", await crypto.subtle.importKey("raw", key, algorithm, false, ["verify"]), mac, signed);
}

function bytes(base64: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
  } catch {
    return undefined;
  }
}
