"""Running the app under uvicorn, which ends long answers before it waits for connections to close."""

import gc
import logging
import socket

import uvicorn
from starlette.applications import Starlette

from yesline.errors import ConfigError
from yesline.settings import Settings


class _Server(uvicorn.Server):
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        # What start-up made lives as long as the process: looking through it again and again would make requests wait.
        gc.collect()
        gc.freeze()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        house = getattr(self.config.app.state, "house", None)  # type: ignore[union-attr]
        if house:
            house.store.changes.close()
        await super().shutdown(sockets=sockets)


def bind(settings: Settings) -> socket.socket:
    """The listening socket; with port 0 its number is known before the server starts. Raises ConfigError."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((settings.host, settings.port))
    except OSError as error:
        sock.close()
        raise ConfigError(
            f"cannot listen on {settings.host}:{settings.port}: {error.strerror}: choose --port"
        ) from error
    return sock


def log_to_stderr(settings: Settings) -> None:
    """Log as much as the settings ask for."""
    logging.basicConfig(level=settings.log_level.upper(), format="%(asctime)s %(levelname)s %(name)s %(message)s")


def run(app: Starlette, settings: Settings, sock: socket.socket) -> None:
    """Serve until a signal ends it."""
    log_to_stderr(settings)
    # Paths hold links and submission ids, which are keys: uvicorn's access log would write them down.
    logging.getLogger("uvicorn.access").disabled = True
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        forwarded_allow_ips=list(settings.trusted_proxies),
        timeout_graceful_shutdown=10,
    )
    _Server(config).run(sockets=[sock])
