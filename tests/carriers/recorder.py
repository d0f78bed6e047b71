"""A real HTTP server on loopback that stands in for a carrier's API and remembers every call."""

import json
import sys
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

from tests.carriers.network import Reply, Request

Answerer = Callable[[Request], Reply]
HANG_UP = 0
"""The status of a reply that is none: the request is taken, then the connection is closed without an answer."""


class Recorder:
    """Hands each request to ``answer`` and keeps it. A context manager; ``url`` has no slash at its end.

    An exception in ``answer`` becomes a 500 and is raised again when the recorder is left, so that no failure is lost.
    """

    def __init__(self, answer: Answerer) -> None:
        self.answer = answer
        self._calls: list[Request] = []
        self._failures: list[Exception] = []
        self._changed = threading.Condition()
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def requests(self) -> list[Request]:
        """All calls so far, in the order in which they were read."""
        with self._changed:
            return list(self._calls)

    def wait_for(self, wanted: int | Callable[[list[Request]], Any], seconds: float = 10) -> list[Request]:
        """The calls, once there are as many as wanted or they satisfy a predicate. Raises AssertionError after the time."""
        until = time.monotonic() + seconds
        enough = (lambda calls: len(calls) >= wanted) if isinstance(wanted, int) else wanted
        with self._changed:
            while not enough(list(self._calls)):
                left = until - time.monotonic()
                if left <= 0:
                    raise AssertionError(f"only {len(self._calls)} calls in {seconds} s: {_lines(self._calls)}")
                self._changed.wait(left)
            return list(self._calls)

    def take(self, request: Request) -> Reply:
        """Remember a call and answer it. Called by the server's threads."""
        with self._changed:
            self._calls.append(request)
            self._changed.notify_all()
        try:
            return self.answer(request)
        except Exception as error:  # noqa: BLE001  a thread's failure must reach the test
            self._failures.append(error)
            return Reply(500, {"recorder": repr(error)})

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        if self._failures and kind is None:
            raise self._failures[0]


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False  # a client's kept-alive connection must not hold the test up

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away before its answer is no fault; all else is shown."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


def _handler(recorder: Recorder) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 30
        disable_nagle_algorithm = True

        def _serve(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            body = self.rfile.read(int(headers.get("content-length", "0")))
            reply = recorder.take(Request(self.command, self.path, headers, body))
            if reply.status == HANG_UP:
                self.close_connection = True
            else:
                self._reply(reply)

        def _reply(self, reply: Reply) -> None:
            content, media = _content(reply.body)
            self.send_response(reply.status)
            for name, value in ({"content-type": media} | _lower(reply.headers)).items():
                if value:
                    self.send_header(name, value)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content)

        do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_HEAD = _serve  # noqa: N815  the names http.server calls

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the parent's name
            """Say nothing."""

    return Handler


def _content(body: Any) -> tuple[bytes, str]:
    """A reply's bytes and content type: JSON for what JSON can tell, text and bytes as they are."""
    if body is None:
        return b"", ""
    if isinstance(body, bytes):
        return body, "application/octet-stream"
    if isinstance(body, str):
        return body.encode(), "text/plain; charset=utf-8"
    return json.dumps(body).encode(), "application/json"


def _lower(headers: dict[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _lines(calls: list[Request]) -> list[str]:
    return [f"{call.method} {call.target}" for call in calls]
