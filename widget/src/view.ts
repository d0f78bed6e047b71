/** Nodes to DOM. Only `createElement` and text, so it works where `trusted-types 'none'` forbids parsing. */

import type { Conditions, Hook, Slots } from "./constants";
import type { ViewNode } from "./types";

const SVG = "http://www.w3.org/2000/svg";

/** Text stays text: `append` and `replaceChildren` make nodes of it. */
export function build(nodes: ViewNode[], svg = false): (Node | string)[] {
  return nodes.map((node) => (typeof node === "string" ? node : element(node, svg)));
}

function element([tag, attributes, ...children]: Exclude<ViewNode, string>, within: boolean): Element {
  const svg = within || tag === "svg";
  const made = svg ? document.createElementNS(SVG, tag) : document.createElement(tag);
  if (attributes) set(made, attributes);
  made.append(...build(children, svg));
  return made;
}

export function set(element: Element, attributes: Record<string, string>): void {
  for (const name in attributes) element.setAttribute(name, attributes[name] as string);
}

export function hooked<T extends HTMLElement = HTMLElement>(root: ParentNode, hook: Hook): T | null {
  return root.querySelector<T>(`[data-yesline="${hook}"]`);
}

/** What an error is about: a hook, or a field that the form itself has asked for. */
export function fielded(root: ParentNode, name: string): HTMLElement | null {
  return hooked(root, name as Hook) ?? root.querySelector<HTMLElement>(`[data-yesline-field="${name}"]`);
}

export function allHooked(root: ParentNode, hook: Hook): NodeListOf<HTMLElement> {
  return root.querySelectorAll<HTMLElement>(`[data-yesline="${hook}"]`);
}

export function paint(root: ParentNode, conditions: Conditions, slots: Partial<Slots>): void {
  for (const element of root.querySelectorAll<HTMLElement>("[data-yesline-if]")) {
    element.hidden = !holds(element.dataset.yeslineIf as string, conditions);
  }
  for (const element of root.querySelectorAll<HTMLElement>("[data-yesline-text]")) {
    setText(element, slots[element.dataset.yeslineText as keyof Slots] ?? "");
  }
}

export function holds(names: string, conditions: Conditions): boolean {
  const hold = (name: string): boolean =>
    name[0] === "!" ? !hold(name.slice(1)) : conditions[name as keyof Conditions] === true;
  return names.split(/\s+/).filter(Boolean).every(hold);
}

export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}
