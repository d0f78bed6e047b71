/** What this device remembers of a form. Where storage is blocked it is remembered for as long as the page is open. */

const kept = new Map<string, string>();

export function read(key: string): string {
  try {
    return localStorage.getItem(key) ?? kept.get(key) ?? "";
  } catch {
    return kept.get(key) ?? "";
  }
}

export function write(key: string, value: string): void {
  kept.set(key, value);
  try {
    localStorage.setItem(key, value);
  } catch {
    // What is kept above has to do.
  }
}

export const number = (key: string): number => Number(read(key)) || 0;

/** Drawn once and then the same on every page and visit. */
export function draw(key: string): number {
  const known = read(key);
  const drawn = known === "" ? Math.random() : Number(known);
  if (known === "") write(key, String(drawn));
  return drawn;
}
