/** Tells when the phone has answered: by server-sent events, by asking where those fail, and at once when the page wakes. */

import { get } from "./client";
import type { Submission } from "./types";

const POLL = 3000;
const LOOK_ANYWAY = 10; // polls; some proxies hold events back while the connection looks open

/** Watches until the returned function is called. */
export function watch(url: string, heard: (state: Submission) => void): () => void {
  let source = listen(url, heard);
  let ticks = 0;
  let over = false;

  const look = async (): Promise<void> => {
    const answer = await get(url);
    if (!over && answer?.ok) heard(answer.body);
  };
  const tick = (): void => {
    if (document.hidden) return;
    if (source?.readyState !== 1 || ++ticks % LOOK_ANYWAY === 0) void look();
  };
  // Phones freeze the page while the person is in Messages, and a frozen connection does not always come back by itself.
  const wake = (): void => {
    if (document.hidden) return;
    if (source?.readyState === 2) source = listen(url, heard);
    void look();
  };

  const timer = setInterval(tick, POLL);
  const wakers: [EventTarget, string][] = [
    [document, "visibilitychange"],
    [window, "pageshow"],
    [window, "focus"],
    [window, "online"],
  ];
  for (const [target, name] of wakers) target.addEventListener(name, wake);
  return () => {
    over = true;
    clearInterval(timer);
    source?.close();
    for (const [target, name] of wakers) target.removeEventListener(name, wake);
  };
}

function listen(url: string, heard: (state: Submission) => void): EventSource | undefined {
  if (!window.EventSource) return undefined;
  const source = new EventSource(`${url}/events`);
  source.addEventListener("state", (event) => heard(JSON.parse((event as MessageEvent).data)));
  return source;
}
