"""A folder of pages, compressed once as a CDN would: ``--folder F --port N``."""

import argparse
from pathlib import Path

import brotli
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

_TYPES = {".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".webp": "image/webp"}


def _answer(file: Path) -> tuple[bytes, dict[str, str]]:
    body, headers = file.read_bytes(), {"content-type": _TYPES[file.suffix], "cache-control": "public, max-age=3600"}
    if file.suffix != ".webp":
        body, headers["content-encoding"] = brotli.compress(body), "br"
    return body, headers


def main() -> None:
    """Serve until a signal ends it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--folder", type=Path, required=True)
    given = parser.parse_args()
    answers = {f"/{file.relative_to(given.folder)}": _answer(file) for file in given.folder.rglob("*.*")}

    async def serve(request: Request) -> Response:
        found = answers.get(request.url.path)
        return Response(found[0], headers=found[1]) if found else Response(status_code=404)

    app = Starlette(routes=[Route("/{path:path}", serve)])
    uvicorn.run(app, port=given.port, access_log=False, log_config=None, server_header=False)


if __name__ == "__main__":
    main()
