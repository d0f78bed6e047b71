import { useRef } from "react";
import { Linking } from "react-native";
import { WebView, type WebViewMessageEvent } from "react-native-webview";

const SERVER = "https://sms.example.com";
/** The address that the app's own page claims. It stands in the form's `origins`. */
const APP = "https://app.example.com";
const HTML = `
  <!doctype html>
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>Texts</title>
  <script async crossorigin src="https://sms.example.com/embed.js"></script>
`;

interface Message {
  yesline: number;
  event: string;
  form: string;
  submission: string;
  detail: { code?: string; url?: string };
}

interface Props {
  form: string;
  /** The form opens over a page of the app's, else on the server's page, which needs no `origins`. */
  ownPage?: boolean;
  onConfirmed(submission: string): void;
  onDismissed(): void;
  /** The form could not be shown. */
  onFailed(code: string): void;
}

export function YeslineForm({ form, ownPage = false, onConfirmed, onDismissed, onFailed }: Props) {
  const view = useRef<WebView>(null);
  const shown = useRef(false);
  const home = ownPage ? APP : SERVER;

  const hear = (message: Message): void => {
    if (message.yesline !== 1) return;
    const { event, submission, detail } = message;
    if (event === "ready" && ownPage) view.current?.postMessage(JSON.stringify({ yesline: 1, command: "open", form }));
    if (event === "shown") shown.current = true;
    if (event === "link" && detail.url) Linking.openURL(detail.url).catch(() => {}); // a tablet may have no app for texts
    if (event === "confirmed") onConfirmed(submission);
    if (event === "dismissed") onDismissed();
    // Later failures are shown in the form, where the person can try again.
    if (event === "failed" && !shown.current) onFailed(detail.code ?? "");
  };

  const onMessage = ({ nativeEvent }: WebViewMessageEvent): void => {
    if (!`${nativeEvent.url}/`.startsWith(`${home}/`)) return;
    try {
      hear(JSON.parse(nativeEvent.data));
    } catch {
      // A message of somebody else's script.
    }
  };

  return (
    <WebView
      ref={view}
      source={ownPage ? { html: HTML, baseUrl: APP } : { uri: `${SERVER}/f/${form}` }}
      // What is elsewhere, such as the terms, opens outside; what is in here can talk to us.
      originWhitelist={[home]}
      onMessage={onMessage}
      onError={() => onFailed("network")}
    />
  );
}
