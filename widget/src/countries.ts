/**
 * The country list: a native select, named by the browser in the view's language. The first `Intl.DisplayNames` of a page loads
 * its data for longer than all the rest of the form takes, so names come when the form has been seen.
 */

import { get } from "./client";
import type { Format, View } from "./types";

/** Where the visitor is, of the countries served: that of the browser's language, else of its time zone, else the form's first. */
export function guess({ country, countries }: View): string {
  const spoken = navigator.language.slice(-2);
  return spoken in countries ? spoken : (Object.keys(countries).slice(1).find(hasOurTime) ?? country);
}

/** Some browsers do not know: https://developer.mozilla.org/docs/Web/JavaScript/Reference/Global_Objects/Intl/Locale/getTimeZones */
function hasOurTime(region: string): boolean {
  const zones = (new Intl.Locale(`und-${region}`) as any)["getTimeZones"]?.();
  return zones?.includes(Intl.DateTimeFormat().resolvedOptions().timeZone);
}

/** Shows the default country; returns what lists all of them. */
export function countryList(select: HTMLSelectElement, view: View): () => void {
  const { country, countries, locale } = view;
  const option = (region: string, name: string): Option => new Option(`${name} (\u200e+${countries[region]})`, region);
  select.replaceChildren(option(country, country));
  let full = false;
  const list = (): void => {
    if (full) return;
    full = true;
    const name = names(locale);
    const regions = [country, ...sorted(Object.keys(countries), country, name, locale)];
    select.replaceChildren(...regions.map((region) => option(region, name(region))));
  };
  for (const event of ["pointerdown", "focus"]) select.addEventListener(event, list);
  return list;
}

export const whenIdle = (act: () => void): unknown => (window.requestIdleCallback ?? setTimeout)(act); // Safari has no idle callbacks

type Option = HTMLOptionElement;
type Name = (region: string) => string;

function sorted(regions: string[], first: string, name: Name, locale: string): string[] {
  const { compare } = new Intl.Collator(locale);
  const rest = regions.filter((region) => region !== first);
  return rest.sort((a, b) => compare(name(a), name(b)));
}

export function names(locale: string): Name {
  try {
    const known = new Intl.DisplayNames([locale], { type: "region" });
    return (region) => known.of(region) ?? region;
  } catch {
    return (region) => region;
  }
}

/** Format tables by region, asked for once; a country without one is typed as it is. */
export class Formats {
  private readonly asked = new Set<string>();

  constructor(
    private readonly server: string,
    private readonly known: Record<string, Format>,
  ) {}

  of(region: string): Format | undefined {
    return this.known[region];
  }

  async fetch(region: string): Promise<void> {
    if (this.known[region] || this.asked.has(region)) return;
    this.asked.add(region);
    const answer = await get(`${this.server}/formats/${region}`);
    if (answer?.ok) this.known[region] = answer.body;
  }
}
