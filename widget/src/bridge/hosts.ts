/** The ways from a page to the app around it. */

import type { FlutterWebView, Message } from "../types";

export type Told = (event: string, about: { form?: string; submission?: string }, detail: object) => void;

type Way = (message: Message) => unknown;

interface StringTaker {
  postMessage(message: string): void;
}

interface Outside {
  webkit?: { messageHandlers?: { yesline?: { postMessage(message: object): unknown } } };
  YeslineAndroid?: StringTaker;
  ReactNativeWebView?: StringTaker;
  flutter_inappwebview?: FlutterWebView;
}

const outside = window as unknown as Outside;

/** The apps' web views that are there, by how each wants its messages: as an object where it takes any value, else as JSON. */
export function natives(): Way[] {
  const { webkit, YeslineAndroid, ReactNativeWebView, flutter_inappwebview } = outside;
  const apple = webkit?.messageHandlers?.yesline;
  const ways: Way[] = [];
  if (apple) ways.push((message) => apple.postMessage(message));
  for (const taker of [YeslineAndroid, ReactNativeWebView]) {
    if (taker) ways.push((message) => taker.postMessage(JSON.stringify(message)));
  }
  if (flutter_inappwebview) ways.push((message) => platform.then(() => flutter_inappwebview.callHandler?.("yesline", message)));
  return ways;
}

/** The plugin takes calls from this event on: https://inappwebview.dev/docs/webview/javascript/communication */
const platform = new Promise<void>((go) => {
  if (document.readyState === "complete" && outside.flutter_inappwebview?.callHandler) go();
  else addEventListener("flutterInAppWebViewPlatformReady", () => go());
});

/** One call tells them all. What one of them does with it, or throws, is nothing to the page or the others. */
export function hosts(origins: string[]): (message: Message) => void {
  return (message) => {
    for (const way of [...natives(), ...pages(origins)]) {
      Promise.resolve(message).then(way).catch(() => {});
    }
  };
}

/** Browsers that tell who is around us spare the console a complaint for every message that would not arrive. */
function pages(origins: string[]): Way[] {
  if (parent === window) return [];
  const around = location.ancestorOrigins?.[0];
  return origins
    .filter((origin) => !around || around === origin)
    .map((origin) => (message) => parent.postMessage(message, origin));
}
