/** Views of forms: those that came along with a script, and those asked for. */

import { get, problem } from "./client";
import { warn } from "./options";
import type { View } from "./types";

const offered = new Map<string, View>();
const asked = new Map<string, Promise<View | string>>();

export function offer(view: View): void {
  offered.set(view.form, view);
}

export function loadView(server: string, form: string, locale: string): Promise<View | string> {
  const view = offered.get(form);
  if (view && (!locale || view.locale === locale)) return Promise.resolve(view);
  const key = [server, form, locale].join(" ");
  const asking = asked.get(key) ?? askFor(server, form, locale);
  asked.set(key, asking);
  // A failure is told to who asks now; who asks later asks again.
  return asking.then((answer) => (typeof answer === "string" && asked.delete(key), answer));
}

export async function askFor(server: string, form: string, locale: string): Promise<View | string> {
  const answer = await get(`${server}/forms/${form}/view${locale && `?locale=${locale}`}`);
  if (answer?.ok) return answer.body;
  const code = answer ? problem(answer).code : "network";
  warn(`form "${form}" could not be loaded: ${code}`);
  return code;
}
