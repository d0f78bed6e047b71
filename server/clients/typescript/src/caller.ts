import { Refused, SetupError, Unreachable, refused } from "./errors.js";

/** How a server is reached. */
export interface Setup {
  /** The server's address; `YESLINE_URL` of the environment where it is not given. */
  url?: string;
  /** A key that `yesline keys new` made; `YESLINE_KEY` of the environment where it is not given. */
  key?: string;
  /** How many milliseconds an answer may take; files may take longer. */
  timeout?: number;
  /** How often a call is sent again where there was no answer, or one that says later. */
  retries?: number;
  /** In place of the runtime's own. */
  fetch?: typeof fetch;
}

/** What any call takes. */
export interface Options {
  signal?: AbortSignal;
}

/** What a call that changes something takes. It is done once under its key, which is made where none is given. */
export interface Once extends Options {
  idempotencyKey?: string;
}

/** A part of a list. `next` is what to send as `after` for the part behind it, null at the end. */
export interface Page<T> {
  items: T[];
  next: string | number | null;
}

/** What is uploaded: it can be read as often as it must be sent. */
export type Upload = string | Uint8Array<ArrayBuffer> | ArrayBuffer | Blob;

interface Call {
  method: "GET" | "POST";
  path: string;
  query: object;
  headers: Record<string, string>;
  body?: BodyInit;
  /** Whether it may take longer than other calls: a file comes or goes. */
  long?: boolean;
}

const VERSION = "0.1.0";
/** Seconds. Whoever is asked to wait longer is told so, not kept waiting. */
const LONGEST_PAUSE = 60;
const FIRST_PAUSE = 0.5;
const AGAIN = [429, 502, 503, 504];

/** An address with its ids in their places. */
export function at(parts: TemplateStringsArray, ...places: string[]): string {
  return places.reduce((path, place, index) => path + named(place) + parts[index + 1], parts[0] ?? "");
}

function named(id: string): string {
  if (["", ".", ".."].includes(id)) throw new RangeError(`${JSON.stringify(id)} is no id: the call would be another`);
  return encodeURIComponent(id);
}

/** A list, read as far as one iterates: `limit` says how much one call brings, not where it ends. */
export class Pages<T> implements AsyncIterable<T> {
  constructor(
    private readonly read: (query: object) => Promise<Page<T>>,
    private readonly query: object,
  ) {}

  /** One part of the list. */
  page(): Promise<Page<T>> {
    return this.read(this.query);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    let page = await this.page();
    while (page.items.length) {
      yield* page.items;
      if (page.next === null) return;
      page = await this.read({ ...this.query, after: page.next });
    }
  }
}

/** Sends calls to one server with one key, again where that is safe and of use. */
export class Caller {
  private readonly url: string;
  private readonly key: string;

  constructor(private readonly setup: Setup) {
    const given = (globalThis as { process?: { env?: Record<string, string | undefined> } }).process?.env ?? {};
    this.url = (setup.url || given.YESLINE_URL || "").replace(/\/+$/, "");
    this.key = setup.key || given.YESLINE_KEY || "";
    if (!/^https?:\/\//.test(this.url)) throw new SetupError("Say the server's address, with https://, as url or in YESLINE_URL.");
    if (!this.key) throw new SetupError("Give a key as key or in YESLINE_KEY: 'yesline keys new' makes one.");
  }

  /** Ask. */
  read<T>(path: string, query: object, options: Options = {}): Promise<T> {
    return this.answer({ method: "GET", path, query, headers: {} }, options);
  }

  /** Have something done, once. */
  write<T>(path: string, query: object, body: object | undefined, options: Once = {}): Promise<T> {
    const json = body && { "content-type": "application/json" };
    return this.answer({ method: "POST", path, query, headers: { ...once(options), ...json }, body: body && JSON.stringify(body) }, options);
  }

  /** Have something done with a file of a media type. */
  upload<T>(path: string, query: object, file: Upload, kind: string, options: Once = {}): Promise<T> {
    return this.answer({ method: "POST", path, query, headers: { ...once(options), "content-type": kind }, body: file, long: true }, options);
  }

  /** A list, whose parts stand in `items` of each answer. */
  pages<T>(path: string, query: object, items: string, options: Options = {}): Pages<T> {
    return new Pages(async (asked) => {
      const told = await this.read<Record<string, unknown>>(path, asked, options);
      return { items: told[items] as T[], next: (told.next ?? null) as Page<T>["next"] };
    }, query);
  }

  /** A file: its `body` is a stream, which holds a connection until it is read or cancelled. */
  download(path: string, query: object, options: Options = {}): Promise<Response> {
    return this.send({ method: "GET", path, query, headers: {}, long: true }, options, async (response) => response);
  }

  private answer<T>(call: Call, options: Options): Promise<T> {
    return this.send(call, options, async (response) => {
      const text = await response.text();
      try {
        return JSON.parse(text) as T;
      } catch {
        throw refused(response, text);
      }
    });
  }

  private async send<T>(call: Call, options: Options, read: (response: Response) => Promise<T>): Promise<T> {
    for (let tries = 0; ; tries++) {
      try {
        return await this.once(call, options, read);
      } catch (error) {
        const wait = tries < (this.setup.retries ?? 3) ? pause(tries, error) : undefined;
        if (wait === undefined) throw error;
        await sleep(wait, options.signal);
      }
    }
  }

  private async once<T>(call: Call, { signal }: Options, read: (response: Response) => Promise<T>): Promise<T> {
    const limits = [signal, call.long ? undefined : AbortSignal.timeout(this.setup.timeout ?? 30_000)].filter((one) => !!one);
    const headers = { authorization: `Bearer ${this.key}`, accept: "application/json, */*;q=0.1", "user-agent": `yesline-client-js/${VERSION}`, ...call.headers };
    try {
      const response = await (this.setup.fetch ?? fetch)(this.url + call.path + written(call.query), {
        method: call.method,
        headers,
        body: call.body,
        redirect: "manual",
        signal: AbortSignal.any(limits),
      });
      if (!response.ok) throw refused(response, await response.text());
      return await read(response);
    } catch (error) {
      signal?.throwIfAborted();
      throw error instanceof Refused ? error : new Unreachable(`The server did not answer: ${error}`, { cause: error });
    }
  }
}

function once(options: Once): Record<string, string> {
  return { "idempotency-key": options.idempotencyKey ?? crypto.randomUUID() };
}

function written(query: object): string {
  const said = Object.entries(query).filter(([, value]) => value !== undefined && value !== null);
  return said.length ? `?${new URLSearchParams(said.map(([name, value]) => [name, String(value)]))}` : "";
}

/** Seconds to wait before the call is sent again, after so many tries; undefined where that is of no use. */
function pause(tries: number, error: unknown): number | undefined {
  const usual = FIRST_PAUSE * 2 ** tries * Math.random();
  if (error instanceof Unreachable) return usual;
  if (!(error instanceof Refused)) return undefined;
  if (!AGAIN.includes(error.status) && error.code !== "idempotency_in_flight") return undefined;
  if (error.retryAfter === undefined) return usual;
  return error.retryAfter > LONGEST_PAUSE ? undefined : error.retryAfter * (1 + Math.random() / 10);
}

async function sleep(seconds: number, signal?: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, seconds * 1000);
    signal?.addEventListener("abort", () => (clearTimeout(timer), resolve()), { once: true });
  });
  signal?.throwIfAborted();
}
