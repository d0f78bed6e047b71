/** Remembers on this device that a form was dismissed or answered, so that it does not show by itself again. */

const DAY = 86_400_000;

type Outcome = "dismissed" | "confirmed";
type Store = Pick<Storage, "getItem" | "setItem">;

export function remember(form: string, outcome: Outcome, now = Date.now(), store = localStore): void {
  guarded(() => store().setItem(key(form), `${outcome} ${now}`));
}

export function resting(form: string, days: number, now = Date.now(), store = localStore): boolean {
  const [outcome, since] = (guarded(() => store().getItem(key(form))) ?? "").split(" ");
  return outcome === "confirmed" || (outcome === "dismissed" && now - Number(since) < days * DAY);
}

const key = (form: string): string => `yesline:${form}`;
const localStore = (): Store => localStorage;

// Even naming `localStorage` throws where a browser blocks it: https://html.spec.whatwg.org/multipage/webstorage.html#dom-localstorage-dev
function guarded<T>(use: () => T): T | undefined {
  try {
    return use();
  } catch {
    return undefined;
  }
}
