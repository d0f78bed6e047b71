"""The native halves of `examples/webviews`, played in the page by what each platform documents of its JavaScript side.

Names of handlers, pages of the app's own and what is run in the page are read from the examples. The React Native one is run itself.
"""

import json
import re
import subprocess
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from e2e.conftest import Merchant

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "examples" / "webviews"
HEARD = "window.heard ||= []; const hear = (message) => heard.push(message);"
"""Where the app keeps what it was told, in the order it came."""


def found(pattern: str, text: str) -> str:
    """What the pattern's group holds, where the text has it."""
    match = re.search(pattern, text, re.DOTALL)
    assert match, f"{pattern} is not in the example any more"
    return match[1]


class App(ABC):
    """An app with a web view, for a server and an origin of its own."""

    file: str

    def __init__(self, server: str, shop: Merchant) -> None:
        text = (EXAMPLES / self.file).read_text(encoding="utf-8")
        self.source = text.replace("https://sms.example.com", server).replace("https://app.example.com", shop.origin)
        self.server = server
        self.shop = shop

    @property
    def html(self) -> str:
        """The page of the app's own."""
        return found(r"(<!doctype html>.*?</script>)", self.source)

    @abstractmethod
    def interface(self) -> str:
        """A script that does what the platform does before a page's own scripts run."""

    @abstractmethod
    def open_form(self, page: Page, form: str) -> None:
        """What the app does on "ready"."""

    def show(self, page: Page, form: str, own_page: bool) -> None:
        """Load what the app loads; over its own page it opens the form once the bridge stands."""
        page.add_init_script(f"{HEARD}\n{self.interface()}")
        if not own_page:
            page.goto(f"{self.server}/f/{form}")
            return
        page.goto(self.shop.write("app.html", self.html))
        self.wait_for(page, "ready")
        self.open_form(page, form)

    @staticmethod
    def wait_for(page: Page, event: str) -> dict[str, Any]:
        """The newest message of this event, once it has come."""
        last = page.wait_for_function("(event) => heard.findLast((message) => message.event === event)", arg=event)
        message: dict[str, Any] = last.json_value()
        return message

    @staticmethod
    def heard(page: Page) -> list[dict[str, Any]]:
        """All that the app was told."""
        messages: list[dict[str, Any]] = page.evaluate("heard")
        return messages


class Ios(App):
    """WKWebView: the handler takes any value that has a Foundation type.

    https://developer.apple.com/documentation/webkit/wkscriptmessage/body
    """

    file = "ios/YeslineViewController.swift"

    def interface(self) -> str:
        name = found(r'userContentController\.add\(.*?name: "(\w+)"\)', self.source)
        return f"""
        const postMessage = (body) => {{
          if (Object.getPrototypeOf(body) !== Object.prototype) throw new TypeError("no dictionary");
          hear(structuredClone(body));
        }};
        window.webkit = {{ messageHandlers: {{ {name}: {{ postMessage }} }} }};"""

    def open_form(self, page: Page, form: str) -> None:
        body = found(r'callAsyncJavaScript\(\s*#"(.*?)"#, arguments: \["form": form\]', self.source)
        page.evaluate(f"async (form) => {{ {body} }}", form)


class Android(App):
    """WebView: the listener's object, and an interface alike, take strings.

    https://developer.android.com/develop/ui/views/layout/webapps/native-api-access-jsbridge
    """

    file = "android/YeslineActivity.kt"

    def interface(self) -> str:
        name = found(r'addWebMessageListener\(web, "(\w+)"', self.source)
        assert name == found(r'addJavascriptInterface\(Bridge\(\), "(\w+)"\)', self.source)
        method = found(r"@JavascriptInterface\s+fun (\w+)\(message: String\)", self.source)
        return f"""
        const take = (text) => {{
          if (typeof text !== "string") throw new TypeError("no string");
          hear(JSON.parse(text));
        }};
        window.{name} = {{ {method}: take }};"""

    def open_form(self, page: Page, form: str) -> None:
        script = found(r'evaluateJavascript\("(.*?)", null\)', self.source).replace('\\"', '"')
        page.evaluate(script.replace("${JSONObject.quote(form)}", json.dumps(form)))


class Flutter(App):
    """flutter_inappwebview: arguments travel as JSON, from the event on that says so.

    https://inappwebview.dev/docs/webview/javascript/communication
    """

    file = "flutter/yesline_form.dart"

    def interface(self) -> str:
        name = found(r"handlerName: '(\w+)'", self.source)
        return f"""
        window.flutter_inappwebview = {{}};
        const callHandler = async (name, ...args) => (name === "{name}" ? hear(JSON.parse(JSON.stringify(args))[0]) : null);
        const ready = () => {{
          flutter_inappwebview.callHandler = callHandler;
          dispatchEvent(new Event("flutterInAppWebViewPlatformReady"));
        }};
        addEventListener("load", () => setTimeout(ready, 100));"""

    def open_form(self, page: Page, form: str) -> None:
        script = found(r"evaluateJavascript\(source: '(.*?)'\)", self.source)
        page.evaluate(script.replace("${jsonEncode(widget.form)}", json.dumps(form)))


class ReactNative(App):
    """react-native-webview: strings both ways; on Android the app's come as an event on `document`.

    https://github.com/react-native-webview/react-native-webview/blob/master/docs/Reference.md
    """

    file = "react-native/YeslineForm.tsx"
    props = "{}"

    def show(self, page: Page, form: str, own_page: bool) -> None:
        self.props = json.dumps({"form": form, "ownPage": own_page})
        super().show(page, form, own_page)

    def interface(self) -> str:
        esbuild = ROOT / "widget" / "node_modules" / ".bin" / "esbuild"
        compiled = subprocess.run(
            [esbuild, "--loader=tsx", "--format=cjs", "--jsx=automatic"],
            input=self.source,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        return f"""
        const module = {{ exports: {{}} }};
        window.ended = [];
        const end = (how) => (value) => ended.push([how, value]);
        const libraries = {{
          react: {{ useRef: (current) => ({{ current }}) }},
          "react/jsx-runtime": {{ jsx: (_, props) => props }},
          "react-native": {{ Linking: {{ openURL: async (url) => end("link")(url) }} }},
          "react-native-webview": {{}},
        }};
        ((module, require) => {{ {compiled} }})(module, (name) => libraries[name]);
        const handlers = {{ onConfirmed: end("confirmed"), onDismissed: end("dismissed"), onFailed: end("failed") }};
        const view = module.exports.YeslineForm({{ ...{self.props}, ...handlers }});
        const postMessage = (data) => document.dispatchEvent(new MessageEvent("message", {{ data }}));
        view.ref.current = {{ postMessage }};
        window.ReactNativeWebView = {{
          postMessage: (data) => {{
            if (typeof data !== "string") throw new TypeError("no string");
            hear(JSON.parse(data));
            view.onMessage({{ nativeEvent: {{ data, url: location.href }} }});
          }},
        }};"""

    def open_form(self, page: Page, form: str) -> None:
        """It has done so itself."""
