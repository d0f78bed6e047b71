/** The script itself: finds out where it came from, answers `window.yesline`, and shows the form its tag names. */

import { ELEMENT } from "./constants";
import { define, setHome, type YeslineForm } from "./element";
import { option, warn } from "./options";
import { all, free } from "./page";
import { addPart, note, part, setCore } from "./parts";
import { arm } from "./triggers";
import type { View } from "./types";
import { loadView, offer } from "./loading";

type Call = [command: string, ...args: any[]];

interface Yesline {
  open(form: string): void;
  close(): void;
  track(event: string): void;
  explain(): Promise<object[]>;
  push(...calls: Call[]): void;
}

declare global {
  interface Window {
    yesline?: Yesline | Call[];
  }
}

/** What a script tag says: its `data-…` options and where it stands. */
interface Tag {
  server: string;
  display: string;
  locale: string;
  at: Element | null;
}

const HOSTS = ["webkit", "YeslineAndroid", "ReactNativeWebView", "flutter_inappwebview"];

function create(home: string): Yesline {
  setCore({ server: home, load: loadView, open: (form) => open(form), free });
  const commands: Record<string, (...args: any[]) => any> = {
    open: (form: string) => whenParsed(() => elementFor(form, saidBy(null, home)).open()),
    close: () => all().forEach((element) => element.floats && element.close()),
    track: (event: string) => note("track", event),
    explain: async () => (await part("rules"))?.explain() ?? [],
    view: (view: View, tag = saidBy(document.currentScript, home)) => show(view, tag),
    part: addPart,
    note,
  };
  const push = (...calls: Call[]): void => {
    for (const [command, ...args] of calls) {
      if (commands[command]) commands[command](...args);
      else warn(`command="${command}" is not valid`);
    }
  };
  const { open, close, track, explain } = commands as unknown as Yesline;
  return { open, close, track, explain, push };
}

function saidBy(script: Element | null, home: string): Tag {
  const said = (name: "server" | "display" | "locale"): string => (script ? option(script, name, "data-") : "");
  return { server: said("server") || home, display: said("display"), locale: said("locale"), at: script };
}

function elementFor(form: string, tag: Tag): YeslineForm {
  return all().find((element) => element.formId === form) ?? place(form, tag);
}

function place(form: string, { at, ...options }: Tag): YeslineForm {
  const element = document.createElement(ELEMENT) as YeslineForm;
  element.passing = true;
  for (const [name, value] of Object.entries({ form, ...options })) if (value) element.setAttribute(name, value);
  if (at && document.body.contains(at)) at.after(element);
  else document.body.append(element);
  return element;
}

/** A form named by a script tag. Where the page has an element for it, that one shows it. */
function show(view: View, tag: Tag): void {
  offer(view);
  const inline = (tag.display || view.display) === "inline";
  const open = (): void => elementFor(view.form, inline ? tag : { ...tag, at: null }).open(false);
  whenParsed(() => {
    if (all().some((element) => element.formId === view.form)) return;
    if (inline) open();
    else arm(view, open);
  });
}

async function fetchAndShow(form: string, tag: Tag, yesline: Yesline): Promise<void> {
  const view = await loadView(tag.server, form, tag.locale);
  yesline.push(typeof view === "string" ? ["note", "event", "failed", { form, code: view }] : ["view", view, tag]);
}

function whenParsed(act: () => void): void {
  if (document.readyState !== "loading") act();
  else document.addEventListener("DOMContentLoaded", act, { once: true });
}

function boot(): void {
  const script = document.currentScript as HTMLScriptElement | null;
  const server = (script && option(script, "server", "data-")) || new URL(script?.src || location.href).origin;
  // A page's element with the id "yesline" stands in window too, and is neither a queue nor ours.
  const given = window.yesline;
  const before = given && "push" in given ? given : [];
  const yesline = Array.isArray(before) ? create(server) : before;
  window.yesline = yesline;
  if (Array.isArray(before)) start(before, yesline, server);
  const form = script && option(script, "form", "data-");
  if (!form) return;
  void fetchAndShow(form, saidBy(script, server), yesline);
}

/** Views that came along must be known before the page's own elements come to life, and these before the queued calls. */
function start(queue: Call[], yesline: Yesline, server: string): void {
  setHome(server);
  for (const [command, view] of queue) if (command === "view") offer(view);
  define();
  yesline.push(...queue);
  if (hosted()) void part("bridge");
}

/** An app's web view or a page around this one, to which the part "bridge" tells what happens. */
const hosted = (): boolean => parent !== window || HOSTS.some((name) => name in window);

boot();
