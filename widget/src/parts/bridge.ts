/** The part "bridge": tells the app around the page what happens, and does what the app says. */

import { heed } from "../bridge/commands";
import { hosts, type Told } from "../bridge/hosts";
import { handOver } from "../bridge/links";
import { named } from "../bridge/parent";
import type { Core } from "../types";

const VERSION = 1;

function make(core: Core): void {
  const origins = named(core.server);
  const tell = hosts(origins);
  const say: Told = (event, { form = "", submission = "" }, detail) => tell({ yesline: VERSION, event, form, submission, detail });
  const hear = (command: string, event: string, told: Record<string, any>): void => {
    if (command !== "event") return;
    const { form, submission, ...detail } = told;
    say(event, { form, submission }, detail);
  };
  say("ready", {}, {});
  for (const call of core.calls) hear(...(call as [string, string, object]));
  core.heard.push(hear);
  handOver(core.server, say);
  heed(VERSION, origins, say);
}

(window.yesline ??= []).push(["part", "bridge", make]);
