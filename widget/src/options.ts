/** What a page may say on `<yesline-form>` (as it stands) and on our script tag (as `data-…`). */

export interface Option {
  default: string;
  valid: RegExp;
}

export const OPTIONS = {
  /** Which form to show: its id. */
  form: { default: "", valid: /^[a-z0-9][a-z0-9-]{0,62}$/ },
  /** "modal", "fullscreen", "slideup" or "inline". Default: what the form says. */
  display: { default: "", valid: /^(modal|fullscreen|slideup|inline)$/ },
  /** A language tag such as "pt-BR". Default: what the browser asks for. */
  locale: { default: "", valid: /^[a-z]{2,3}(-[a-z0-9]+)*$/i },
  /** Origin of the server. Default: where the script came from. */
  server: { default: "", valid: /^https?:\/\/[^/?#]+$/ },
} satisfies Record<string, Option>;

export type OptionName = keyof typeof OPTIONS;

const warned = new Set<string>();

export function option(element: Element, name: OptionName, prefix = ""): string {
  const value = element.getAttribute(prefix + name);
  const { default: fallback, valid } = OPTIONS[name];
  if (value === null || valid.test(value)) return value ?? fallback;
  warn(`${prefix + name}="${value}" is not valid`);
  return fallback;
}

export function warn(message: string): void {
  if (warned.has(message)) return;
  warned.add(message);
  console.warn(`[yesline] ${message}`);
}
