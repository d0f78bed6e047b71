/** HTTP to the server: no cookies, and a body that may have got lost is sent again until an answer comes. */

import type { Problem } from "./types";

export interface Answer {
  ok: boolean;
  /** Seconds the server asks to wait, or 0. */
  retryAfter: number;
  body: any;
}

export interface Waiting {
  /** Told before each wait, and with `false` when the server is reached again. */
  offline?: (lost: boolean) => void;
  pauses?: number[];
  rest?: (seconds: number) => Promise<void>;
}

const PAUSES = [1, 2, 4, 8, 15, 30];
const PATIENCE = 15_000;
const LOST: Answer = { ok: false, retryAfter: 0, body: { error: { code: "network" } } };

/** Sends, and sends the very same again while the network or the server fails; the server knows the id in the body. */
export async function post(url: string, body: object, waiting: Waiting = {}): Promise<Answer> {
  const { offline = () => {}, pauses = PAUSES, rest = untilOnline } = waiting;
  const text = JSON.stringify(body);
  let answer = await attempt(url, text);
  for (const pause of pauses) {
    if (answer) break;
    offline(true);
    await rest(pause);
    answer = await attempt(url, text);
  }
  offline(false);
  return answer ?? LOST;
}

export const get = (url: string): Promise<Answer | undefined> => attempt(url);

export function problem(answer: Answer): Problem {
  return answer.body?.error ?? { code: "internal" };
}

/** A counter nobody waits for; `no-cors` and text spare it a preflight. */
export function tell(url: string, event: string): void {
  const body = JSON.stringify({ event });
  fetch(url, { method: "POST", body, mode: "no-cors", credentials: "omit", keepalive: true }).catch(() => {});
}

/** Nothing, if the network or the server failed. */
async function attempt(url: string, body?: string): Promise<Answer | undefined> {
  const sending = body && { method: "POST", headers: { "Content-Type": "application/json" }, body };
  const signal = AbortSignal.timeout?.(PATIENCE);
  try {
    const response = await fetch(url, { credentials: "omit", signal, ...(sending || {}) });
    return response.status < 500 ? await read(response) : undefined;
  } catch {
    return undefined;
  }
}

async function read(response: Response): Promise<Answer> {
  // A proxy's own page is no JSON; its status says enough.
  const body: unknown = await response.json().catch(() => undefined);
  return { ok: response.ok, body, retryAfter: Number(response.headers.get("Retry-After")) || 0 };
}

function untilOnline(seconds: number): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      removeEventListener("online", done);
      resolve();
    };
    const timer = setTimeout(done, seconds * 1000);
    addEventListener("online", done);
  });
}
