"""A page of our own machine that shows a theme in every state, and again when a file of the project changes."""

import hashlib
from collections.abc import Iterator, Mapping
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from yesline.errors import ConfigError
from yesline.programme import FormVersion
from yesline.theming import frames
from yesline.theming.frames import PAGES, Look, State
from yesline.theming.wearing import Worn, wear
from yesline.views import theme_assets

_WATCHED = ("yesline.toml", "groups/**/*", "forms/**/*", "themes/**/*")
_SCRIPTS = ("/files/axe.js", "/files/measure.js")
_FRESH = {"cache-control": "no-store"}


def create_app(folder: Path, name: str) -> Starlette:
    """The preview of one theme of a project, as an ASGI app. It has no database and answers this machine's own names alone."""
    studio = _Studio(folder, name)
    return Starlette(
        routes=[
            Route("/", partial(_file, PAGES / "preview.html")),
            Route("/looks", studio.looks),
            Route("/frame", studio.frame),
            Route("/stamp", studio.stamp),
            Route("/assets/{path:path}", studio.asset),
            Route("/files/axe.js", partial(_file, axe())),
            *(Route(f"/files/{file.name}", partial(_file, file)) for file in sorted(PAGES.glob("*.*s"))),
        ],
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost"])],
    )


def axe() -> Path | None:
    """The script of axe-core, where the extra ``yesline[check]`` is installed."""
    found = find_spec("axe_playwright_python")
    return Path(found.origin).parent / "axe.min.js" if found and found.origin else None


async def _file(file: Path | None, _: Request) -> Response:
    """A file of ours; without one, a script that does nothing."""
    return FileResponse(file, headers=_FRESH) if file else Response("", media_type="text/javascript")


def stamp(folder: Path) -> str:
    """Another one whenever a file of the project has changed."""
    files = sorted(file for pattern in _WATCHED for file in folder.glob(pattern) if file.is_file())
    seen = [(str(file), found.st_mtime_ns, found.st_size) for file in files for found in [file.stat()]]
    return hashlib.sha256(repr(seen).encode()).hexdigest()[:16]


class _Studio:
    """The theme as it was when a file last changed."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder = folder
        self._name = name
        self._stamp = ""
        self._worn = Worn(name, folder, [], [], lent=False)

    async def stamp(self, _: Request) -> Response:
        return Response(await run_in_threadpool(stamp, self._folder), headers=_FRESH)

    async def looks(self, _: Request) -> Response:
        """What there is to look at."""
        worn = await run_in_threadpool(self._now)
        said = {
            "theme": self._name,
            "stamp": self._stamp,
            "problems": worn.problems,
            "axe": axe() is not None,
            "sizes": frames.SIZES,
            "schemes": frames.SCHEMES,
            "displays": frames.DISPLAYS,
            "forms": [_described(version) for version in worn.versions],
        }
        return JSONResponse(said, headers=_FRESH)

    async def frame(self, request: Request) -> Response:
        """One look, named by the query."""
        worn = await run_in_threadpool(self._now)
        look = _asked(worn, request.query_params)
        if look is None:
            raise HTTPException(404)
        return HTMLResponse(frames.page(look, _SCRIPTS), headers=_FRESH)

    async def asset(self, request: Request) -> Response:
        path = request.path_params["path"]
        worn = await run_in_threadpool(self._now)
        found = next((version.assets[path] for version in worn.versions if path in version.assets), None)
        if found is None:
            raise HTTPException(404)
        return Response(found, media_type=theme_assets.media(path), headers=_FRESH)

    def _now(self) -> Worn:
        """Rendered again where a file has changed; what cannot be read at all is a problem among the others."""
        now = stamp(self._folder)
        if now != self._stamp:
            try:
                self._worn = wear(self._folder, self._name)
            except ConfigError as error:
                self._worn = Worn(self._name, self._folder, [], [str(error)], lent=False)
            self._stamp = now
        return self._worn


def _described(version: FormVersion) -> dict[str, Any]:
    (locale, view), *_ = version.views.items()
    states = [{"step": state.step, "matter": state.matter} for state in frames.states(view)]
    return {"form": version.form.id, "locale": locale, "display": version.form.display, "states": states}


def _asked(worn: Worn, query: Mapping[str, str]) -> Look | None:
    """The look that a query names; None where there is none."""
    state = State(query.get("step", ""), query.get("matter", ""))
    display, scheme = query.get("display"), query.get("scheme")
    version = next(_named(worn, query), None)
    if version is None or display not in frames.DISPLAYS or scheme not in frames.SCHEMES:
        return None
    if state not in frames.states(version.views[query["locale"]]):
        return None
    return Look(version, query["locale"], state, display, scheme)


def _named(worn: Worn, query: Mapping[str, str]) -> Iterator[FormVersion]:
    return (
        version
        for version in worn.versions
        if version.form.id == query.get("form") and query.get("locale") in version.views
    )
