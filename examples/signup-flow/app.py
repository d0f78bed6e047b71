"""A shop's own sign-up: an account, and two boxes that nobody has ticked beforehand. Standard library only.

YESLINE_URL=http://127.0.0.1:8321 YESLINE_KEY=yl_... python3 app.py 8000
"""

import html
import json
import os
import secrets
import sys
import urllib.request
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs

HERE = Path(__file__).parent
PAGE, FORM = ((HERE / name).read_text() for name in ("page.html", "form.html"))
WORDS = json.loads((HERE / "words.json").read_text())
"""What stands beside each box: shown on the page, and told to Yesline as what was agreed to. One text, so that both are the same."""
GROUPS = {
    "texts": os.environ.get("YESLINE_TEXTS", "promotions"),
    "letters": os.environ.get("YESLINE_LETTERS", "newsletter"),
}


def yesline(path: str, body: dict) -> dict:
    """Call the API. Braze's own clients send just this: with a team on Braze only the address changes."""
    request = urllib.request.Request(
        os.environ["YESLINE_URL"] + path,
        json.dumps(body).encode(),
        {"authorization": f"Bearer {os.environ['YESLINE_KEY']}", "content-type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=15) as answer:
        return json.load(answer)


def sign_up(given: dict[str, str], came_from: dict[str, str]) -> str:
    """Tell Yesline of somebody who has ticked a box, and of nobody else. Returns what is wrong with what they typed, or nothing."""
    ticked = [box for box in GROUPS if box in given]
    if "texts" in ticked and not given["phone"]:
        return "Type your mobile number, or leave the box for texts alone."
    if not ticked:
        return ""
    account = secrets.token_hex(8)
    person = {"external_id": account, "first_name": given["name"], "email": given["email"], "language": "en"}
    if "texts" in ticked:
        person["phone"] = given["phone"]
    # First who it is, then what they agreed to: the second call finds number and address by the account.
    if yesline("/users/track", {"attributes": [person]}).get("errors"):
        return "That is no mobile number we can text. Check it, please."
    for box in ticked:
        agreed = {"text": WORDS[box], "act": "box ticked", "at": datetime.now(UTC).isoformat(), **came_from}
        yesline(
            "/subscription/status/set",
            {
                "subscription_group_id": GROUPS[box],
                "subscription_state": "subscribed",
                "external_id": account,
                "use_double_opt_in_logic": box == "texts",
                "consent": agreed,
            },
        )
    return ""


class Shop(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.show({}, "")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        given = {name: values[0].strip() for name, values in parse_qs(body, keep_blank_values=True).items()}
        page = f"http://{self.headers['host']}{self.path}"
        came_from = {"page": page, "address": self.client_address[0], "agent": self.headers.get("user-agent", "")}
        wrong = sign_up(given, came_from)
        if wrong:
            self.show(given, wrong)
        else:
            self.welcome(given)

    def welcome(self, given: dict[str, str]) -> None:
        asked = " We have just texted you: reply Y, and you are on the list." if "texts" in given else ""
        heading = f"Welcome, {html.escape(given['name'])}"
        self.write({"heading": heading, "lead": f"Your account is made.{asked}", "form": ""})

    def show(self, given: dict[str, str], wrong: str) -> None:
        kept = {name: html.escape(given.get(name, "")) for name in ("name", "email", "phone")}
        form = fill(FORM, {**kept, **{box: html.escape(words) for box, words in WORDS.items()}, "wrong": wrong})
        lead = "Freshly roasted on Tuesdays, at your door by Friday."
        self.write({"heading": "Join Larkspur Coffee", "lead": lead, "form": form}, 422 if wrong else 200)

    def write(self, parts: dict[str, str], status: int = 200) -> None:
        body = fill(PAGE, parts).encode()
        self.send_response(status)
        self.send_header("content-type", "text/html; charset=utf-8")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def fill(template: str, parts: dict[str, str]) -> str:
    for name, part in parts.items():
        template = template.replace(f"{{{name}}}", part)
    return template


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Shop)
    print(f"http://127.0.0.1:{server.server_address[1]}", flush=True)
    server.serve_forever()
