/** What a page may say on `<yesline-form>` (as it stands) and on our script tag (as `data-…`). */

export const OPTIONS = {
  /** Which form to show: its id. */
  form: /^[a-z0-9][a-z0-9-]{0,62}$/,
  /** "modal", "fullscreen", "slideup" or "inline". Default: what the form says. */
  display: /^(modal|fullscreen|slideup|inline)$/,
  /** A language tag such as "pt-BR". Default: what the browser asks for. */
  locale: /^[a-z]{2,3}(-[a-z0-9]+)*$/i,
  /** Origin of the server. Default: where the script came from. */
  server: /^https?:\/\/[^/?#]+$/,
} satisfies Record<string, RegExp>;

export type OptionName = keyof typeof OPTIONS;

const warned = new Set<string>();

export function option(element: Element, name: OptionName, prefix = ""): string {
  const value = element.getAttribute(prefix + name) ?? "";
  if (!value || OPTIONS[name].test(value)) return value;
  warn(`${prefix + name}="${value}" is not valid`);
  return "";
}

export function warn(message: string): void {
  if (warned.has(message)) return;
  warned.add(message);
  console.warn(`[yesline] ${message}`);
}
