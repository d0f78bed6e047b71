/** Tells when the phone has answered: by server-sent events, by asking where those fail, and at once when the page wakes. */

import { get } from "./client";
import type { Submission } from "./types";

const OPEN = 1;
const CLOSED = 2;
const POLL = 3000;
const LOOK_ANYWAY = 10; // polls; some proxies hold events back while the connection looks open

/** Watches until the returned function is called. */
export function watch(url: string, heard: (state: Submission) => void): () => void {
  const over = new AbortController();
  const { signal } = over;
  let source = listen(url, heard);
  let ticks = 0;

  const look = async (): Promise<void> => {
    const answer = await get(url);
    if (!signal.aborted && answer?.ok) heard(answer.body);
  };
  const tick = (): void => {
    if (!document.hidden && (source?.readyState !== OPEN || ++ticks % LOOK_ANYWAY === 0)) void look();
  };
  // Phones freeze the page while the person is in Messages, and a frozen connection does not always come back by itself.
  const wake = (): void => {
    if (document.hidden) return;
    if (source?.readyState === CLOSED) source = listen(url, heard);
    void look();
  };

  const timer = setInterval(tick, POLL);
  document.addEventListener("visibilitychange", wake, { signal });
  for (const name of ["pageshow", "focus", "online"]) addEventListener(name, wake, { signal });
  return () => {
    over.abort();
    clearInterval(timer);
    source?.close();
  };
}

/** Some WebViews have no event streams; there asking by and by is all there is. */
function listen(url: string, heard: (state: Submission) => void): EventSource | undefined {
  if (!window.EventSource) return undefined;
  const source = new EventSource(`${url}/events`);
  source.addEventListener("state", (event) => heard(JSON.parse(event.data)));
  return source;
}
