/**
 * What only some pages need comes in files of its own, `/parts/<name>.js`, when it is needed. A part says
 * `yesline.push(["part", name, make])`; `make` is given the core once and returns what the part can do.
 */

import { warn } from "./options";
import type { Core } from "./types";

/** `build.mjs` makes these from `src/parts/<name>.ts`. */
export type PartName = "rules" | "bridge";

const made = new Map<string, any>();
const calls: Core["calls"] = [];
const heard: Core["heard"] = [];
let core: Core;

export function setCore(given: Omit<Core, "calls" | "heard">): void {
  core = { ...given, calls, heard };
}

/** Kept for the parts that come later, and told to those that are here. */
export function note(...call: Core["calls"][0]): void {
  calls.push(call);
  for (const hear of heard) hear(...call);
}

export function addPart(name: string, make: (core: Core) => unknown): void {
  if (!made.has(name)) made.set(name, make(core));
}

/** Nothing, if it could not be loaded. */
export async function part(name: PartName): Promise<any> {
  if (!made.has(name)) await import(`${core.server}/parts/${name}.js`).catch(() => warn(`part "${name}" could not be loaded`));
  return made.get(name);
}
