/** A real `yesline serve --sandbox` in a process of its own. It sends nothing: every text ends on its handset. */

import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";

const START_MS = 30_000;
const END_MS = 15_000;

/** What `use.yesline` of the configuration may say. */
export interface YeslineOptions {
  /** A sandbox server that runs already; nothing is started then, and nothing below is heeded. */
  url?: string;
  /** The command and its first arguments: `["yesline"]` if not given. */
  command?: string[];
  /** The project folder; without it the one that `yesline init` makes. */
  project?: string;
  /** Origins of the pages under test, beside that of `baseURL`. */
  origins?: string[];
  /** Settings over those of the project's `yesline.toml`, such as `{ resend_seconds: 5 }`. */
  settings?: Record<string, string | number | boolean>;
}

/**
 * What a test needs otherwise than your deployment: a database of its own, and room for all the visitors that one machine plays.
 * The caps of a number stay as they are.
 */
const SETTINGS = {
  host: "127.0.0.1",
  database: "",
  public_url: "",
  link_url: "",
  work: true,
  block_per_hour: 100_000,
  address_per_hour: 100_000,
};

/** A server by its address. */
export class Server {
  readonly clock: Clock;

  constructor(readonly url: string) {
    this.clock = new Clock(this);
  }

  /** The address of the handset, which shows every text. */
  get handset(): string {
    return `${this.url}/handset`;
  }

  /** The address of the script that shows a form on a page. */
  embedUrl(form: string): string {
    return `${this.url}/embed/${form}.js`;
  }

  /** The tag to put into a page. */
  embed(form: string): string {
    return `<script async crossorigin src="${this.embedUrl(form)}"></script>`;
  }

  /** The address of the form's own page. */
  hosted(form: string): string {
    return `${this.url}/f/${form}`;
  }

  /** The JSON that the server answers to a GET, or to a POST of `body`. Throws what it says is wrong. */
  async ask(path: string, body?: object): Promise<any> {
    const post = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
    const answer = await fetch(this.url + path, body && post);
    const told: any = await answer.json();
    if (!answer.ok) throw new Error(`${path}: ${told.error.message}`);
    return told;
  }

  /** Ends what was started; a server that ran already runs on. */
  async stop(): Promise<void> {}
}

class OwnServer extends Server {
  constructor(
    url: string,
    private readonly process: ChildProcess,
    private readonly folder: string,
  ) {
    super(url);
  }

  override async stop(): Promise<void> {
    await end(this.process);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** The clock of a server: codes expire, windows close and texts become due by it. `moved` says that it does not tell the real time. */
export class Clock {
  moved = false;

  constructor(private readonly server: Server) {}

  /** Stops it, at a moment or now; returns the time. */
  freeze(at?: Date): Promise<Date> {
    return this.move({ freeze: at?.toISOString() ?? "now" });
  }

  /** Puts it forward by seconds, stopped or not; returns the time. */
  advance(seconds: number): Promise<Date> {
    return this.move({ advance: seconds });
  }

  /** Lets it tell the real time again; returns the time. */
  resume(): Promise<Date> {
    return this.move({ resume: true });
  }

  /** The time it tells. */
  async now(): Promise<Date> {
    return time(await this.server.ask("/handset/clock", { advance: 0 }));
  }

  private async move(how: object): Promise<Date> {
    const told = await this.server.ask("/handset/clock", how);
    this.moved = !("resume" in how);
    return time(told);
  }
}

const time = ({ now }: { now: number }): Date => new Date(now);

/** The server that the options ask for, ready to be used. `base` is the `baseURL` of the tests. */
export async function serve(options: YeslineOptions, base?: string): Promise<Server> {
  if (options.url) return new Server(options.url.replace(/\/$/, ""));
  const folder = mkdtempSync(join(tmpdir(), "yesline-"));
  const [program = "yesline", ...args] = options.command ?? [];
  const project = options.project ? resolve(options.project) : scaffold(program, args, join(folder, "project"));
  const origins = [...(options.origins ?? []), ...(base ? [new URL(base).origin] : [])];
  const settings = { ...SETTINGS, sandbox_origins: origins.join(","), ...options.settings };
  const words = [...args, "serve", "--sandbox", "--port", "0", "--project", project, "--data", join(folder, "data")];
  const process = spawn(program, words, { cwd: folder, env: environment(settings), stdio: ["ignore", "pipe", "pipe"] });
  return new OwnServer(await ready(process, [program, ...words].join(" ")), process, folder);
}

function scaffold(program: string, args: string[], folder: string): string {
  const made = spawnSync(program, [...args, "init", folder], { encoding: "utf8" });
  if (made.status !== 0) throw new Error(`'${program} init' failed: ${made.error?.message ?? made.stderr}`);
  return folder;
}

/** Ours alone: a database or a carrier that the shell names is nothing for tests. */
function environment(settings: object): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !name.startsWith("YESLINE_"));
  const ours = Object.entries(settings).map(([name, value]) => [`YESLINE_${name.toUpperCase()}`, String(value)]);
  return { ...Object.fromEntries(kept), ...Object.fromEntries(ours), PYTHONUNBUFFERED: "1" };
}

async function ready(process: ChildProcess, command: string): Promise<string> {
  let log = "";
  process.stderr?.on("data", (part) => (log += part));
  try {
    const url = await address(process);
    for (const end = Date.now() + START_MS; url && Date.now() < end && process.exitCode === null; await pause(50))
      if ((await fetch(`${url}/readyz`).catch(() => undefined))?.ok) return url;
  } catch (error) {
    log += error;
  }
  await end(process);
  throw new Error(`'${command}' did not start:\n${log}`);
}

/** The first line of the server tells its address; empty where it ends without one. */
function address(process: ChildProcess): Promise<string> {
  return new Promise((found, failed) => {
    process.once("error", failed);
    process.once("close", () => found(""));
    if (process.stdout) createInterface(process.stdout).once("line", (line) => found(/http:\/\/\S+$/.exec(line)?.[0] ?? ""));
  });
}

async function end(process: ChildProcess): Promise<void> {
  if (process.exitCode !== null || process.signalCode !== null || !process.pid) return;
  const closed = new Promise((done) => process.once("close", done));
  process.kill("SIGTERM");
  const late = setTimeout(() => process.kill("SIGKILL"), END_MS);
  await closed;
  clearTimeout(late);
}
