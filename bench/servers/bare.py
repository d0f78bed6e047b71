"""The baseline: Starlette, one JSON post and one JSON read, and nothing else."""

import argparse

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route


async def _post(request: Request) -> JSONResponse:
    body = await request.json()
    return JSONResponse({"submission": body["id"], "next": "confirm", "phone": body["phone"]}, 202)


async def _read(request: Request) -> JSONResponse:
    return JSONResponse({"form": request.path_params["form"], "version": "1", "locale": "en", "dir": "ltr"})


app = Starlette(
    routes=[
        Route("/forms/{form}/submissions", _post, methods=["POST"]),
        Route("/forms/{form}/view", _read, methods=["GET"]),
    ]
)


def main() -> None:
    """Serve until a signal ends it, set up as Yesline's own server is."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    port = parser.parse_args().port
    uvicorn.run(app, port=port, loop="uvloop", http="httptools", access_log=False, log_config=None, server_header=False)


if __name__ == "__main__":
    main()
