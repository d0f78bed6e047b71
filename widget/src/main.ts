/** The script itself: finds out where it came from, answers `window.yesline`, and shows the form its tag names. */

import { ELEMENT } from "./constants";
import { define, loadView, offer, setHome, type YeslineForm } from "./element";
import { option, warn } from "./options";
import { arm } from "./triggers";
import type { View } from "./types";

type Call = [command: string, ...args: any[]];

interface Yesline {
  open(form: string): void;
  close(): void;
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

function create(home: string): Yesline {
  const commands: Record<string, (...args: any[]) => void> = {
    open: (form: string) => whenParsed(() => elementFor(form, bare(home)).open()),
    close: () => all().forEach((element) => element.modal && element.close()),
    view: (view: View, tag: Tag = bare(home)) => show(view, tag),
  };
  const push = (...calls: Call[]): void => {
    for (const [command, ...args] of calls) {
      if (commands[command]) commands[command](...args);
      else warn(`"${command}" is not a command`);
    }
  };
  const { open, close } = commands as unknown as Yesline;
  return { open, close, push };
}

const all = (): YeslineForm[] => [...document.querySelectorAll<YeslineForm>(ELEMENT)];
const bare = (server: string): Tag => ({ server, display: "", locale: "", at: document.currentScript });

function elementFor(form: string, tag: Tag): YeslineForm {
  return all().find((element) => element.form === form) ?? place(form, tag);
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
  const open = (): void => elementFor(view.form, inline ? tag : { ...tag, at: null }).open();
  whenParsed(() => {
    if (all().some((element) => element.form === view.form)) return;
    if (inline) open();
    else arm(view, open);
  });
}

async function fetchAndShow(form: string, tag: Tag, yesline: Yesline): Promise<void> {
  const view = await loadView(tag.server, form, tag.locale);
  if (typeof view !== "string") yesline.push(["view", view, tag]);
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
  const [display, locale] = [option(script, "display", "data-"), option(script, "locale", "data-")];
  void fetchAndShow(form, { server, display, locale, at: script }, yesline);
}

/** Views that came along must be known before the page's own elements come to life, and these before the queued calls. */
function start(queue: Call[], yesline: Yesline, server: string): void {
  setHome(server);
  for (const [command, view] of queue) if (command === "view") offer(view);
  define();
  yesline.push(...queue);
}

boot();
