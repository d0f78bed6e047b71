/** The country list: a native select, named by the browser in the view's language. */

import { get } from "./client";
import type { Format, View } from "./types";

export function fillCountries(select: HTMLSelectElement, view: View): void {
  const name = names(view.locale);
  const { compare } = new Intl.Collator(view.locale);
  const rest = Object.keys(view.countries).filter((region) => region !== view.country);
  const named = rest.map((region) => [region, name(region)] as const).sort((a, b) => compare(a[1], b[1]));
  const options = [[view.country, name(view.country)] as const, ...named].map(
    ([region, text]) => new Option(`${text} (+${view.countries[region]})`, region),
  );
  select.replaceChildren(...options);
}

export function names(locale: string): (region: string) => string {
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
