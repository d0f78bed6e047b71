/** HTTP to the server: no cookies, and a body that may have got lost is sent again until an answer comes. */

import type { Problem, View } from "./types";

export interface Answer {
  ok: boolean;
  status: number;
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
const LOST: Problem = { code: "network" };

/** Sends, and sends the very same again while the network or the server fails; the server knows the id in the body. */
export async function post(url: string, body: object, waiting: Waiting = {}): Promise<Answer> {
  const { offline = () => {}, pauses = PAUSES, rest = untilOnline } = waiting;
  const text = JSON.stringify(body);
  for (const pause of [0, ...pauses]) {
    if (pause) {
      offline(true);
      await rest(pause);
    }
    const answer = await attempt(url, text);
    if (answer && answer.status < 500) {
      offline(false);
      return answer;
    }
  }
  offline(false);
  return { ok: false, status: 0, retryAfter: 0, body: { error: LOST } };
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

export async function fetchView(server: string, form: string, locale: string): Promise<Answer | undefined> {
  return get(`${server}/forms/${form}/view${locale && `?locale=${encodeURIComponent(locale)}`}`);
}

export const isView = (body: unknown): body is View => !!body && typeof body === "object" && "steps" in body;

async function attempt(url: string, body?: string): Promise<Answer | undefined> {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), PATIENCE);
  try {
    const response = await fetch(url, { ...request(body), signal: abort.signal });
    return await read(response);
  } catch {
    return undefined;
  } finally {
    clearTimeout(timer);
  }
}

function request(body?: string): RequestInit {
  if (body === undefined) return { credentials: "omit" };
  return { method: "POST", headers: { "Content-Type": "application/json" }, credentials: "omit", body };
}

async function read(response: Response): Promise<Answer> {
  const text = await response.text();
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    // A proxy's own page; the status says enough.
  }
  const { ok, status } = response;
  return { ok, status, body, retryAfter: Number(response.headers.get("Retry-After")) || 0 };
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
