/** What the app says to the page: `{"yesline": 1, "command": …}`, as an object or as JSON. */

import { OPTIONS } from "../options";
import type { Command } from "../types";
import type { Told } from "./hosts";

interface Calls {
  open(form: string): void;
  close(): void;
  track(event: string): void;
  explain(): Promise<object[]>;
}

export function heed(version: number, origins: string[], say: Told): void {
  const hear = (event: Event): void => {
    const command = trusted(event as MessageEvent, origins) && read((event as MessageEvent).data);
    if (!command) return;
    const code = command.yesline !== version ? "bridge_version" : obey(command, say) ? "" : "bridge_command";
    if (code) say("failed", { form: text(command.form) }, { code });
  };
  addEventListener("message", hear);
  document.addEventListener("message", hear); // React Native on Android
}

/** An app's message has neither source nor origin. A frame that is gone has no source either, but still its origin. */
function trusted({ source, origin }: MessageEvent, origins: string[]): boolean {
  if (!source) return !origin;
  return source === window || (source === parent && origins.includes(origin));
}

/** Nothing, if it is no business of ours. */
function read(data: unknown): Command | undefined {
  try {
    const said = typeof data === "string" ? JSON.parse(data) : data;
    // What we tell ourselves bears our name, too, and no command.
    return said?.yesline !== undefined && (said.command || !said.event) ? said : undefined;
  } catch {
    return;
  }
}

/** Whether it could be obeyed. */
function obey({ command, form, event }: Command, say: Told): boolean {
  const yesline = window.yesline as unknown as Calls;
  const known = OPTIONS.form.test(text(form));
  if (command === "open" && known) yesline.open(text(form));
  else if (command === "close") yesline.close();
  else if (command === "track" && text(event)) yesline.track(text(event));
  else if (command === "explain") void yesline.explain().then((accounts) => say("explained", {}, accounts));
  else return false;
  return true;
}

const text = (value: unknown): string => (typeof value === "string" ? value : "");
