/** Links to other apps: a web view that is left alone with one shows an error page. */

import { ELEMENT } from "../constants";
import { natives, type Told } from "./hosts";

const APPS = /^(sms|tel|mailto):/i;

export function handOver(server: string, say: Told): void {
  addEventListener("click", (event) => {
    const path = event.composedPath() as HTMLElement[];
    const link = path.find(({ localName }) => localName === "a") as HTMLAnchorElement | undefined;
    const element = path.find(({ localName }) => localName === ELEMENT);
    if (!link || !APPS.test(link.href) || event.defaultPrevented) return;
    if (!(element || location.origin === server) || natives().length === 0) return;
    event.preventDefault();
    say("link", { form: element?.getAttribute("form") ?? "" }, { url: link.href });
  });
}
