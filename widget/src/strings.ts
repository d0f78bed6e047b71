/** Puts values in the places of `{name}`; a name without a value stays, so that a gap in a translation is seen. */
export function fill(text: string, values: Record<string, string>): string {
  return text.replace(/\{(\w+)\}/g, (place, name: string) => values[name] ?? place);
}
