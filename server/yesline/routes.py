"""The table of every URL."""

from starlette.routing import Route

from yesline.doors import api, clock, confirm, demo, experiment, hosted, inbound, ops, page, stopping, theme_assets
from yesline.doors.guard import page_door, public_door
from yesline.doors.keyring import key_door

GET = ["GET"]
POST = ["POST"]
PAGE_POST = ["POST", "OPTIONS"]
BOTH = ["GET", "POST"]


def routes(*, sandbox: bool) -> list[Route]:
    """Every URL of the server; shop and handset exist in the sandbox only."""
    table = [
        Route("/forms/{form}/submissions", page_door(page.submit), methods=PAGE_POST),
        Route("/forms/{form}/view", page_door(page.view), methods=GET),
        Route("/embed.js", public_door(page.embed), methods=GET),
        Route("/embed/{form}.js", public_door(page.embed_form), methods=GET),
        Route("/parts/{name}.js", public_door(page.part), methods=GET),
        Route("/assets/{hash}/yesline.js", public_door(page.pinned), methods=GET),
        Route("/assets/{hash}/{name}", public_door(theme_assets.asset), methods=GET),
        Route("/formats/{region}", public_door(page.formats), methods=GET),
        Route("/forms/{form}/seen", page_door(page.seen), methods=PAGE_POST),
        Route("/submissions/{id}", page_door(page.status), methods=GET),
        Route("/submissions/{id}/events", page_door(page.events), methods=GET),
        Route("/submissions/{id}/code", page_door(page.code), methods=PAGE_POST),
        Route("/submissions/{id}/resend", page_door(page.resend), methods=PAGE_POST),
        Route("/submissions/{id}/correct", page_door(page.correct), methods=PAGE_POST),
        Route("/hosted.js", hosted.script, methods=GET),
        Route("/f/{form}", hosted.hosted, methods=BOTH),
        Route("/c/{slug}", confirm.confirm, methods=BOTH),
        Route("/stop/{slug}", stopping.stopping, methods=BOTH),
        Route("/inbound/{key}", inbound.webhook, methods=POST),
        Route("/receipts/{key}", inbound.webhook, methods=BOTH),
        Route("/v1/review", key_door("review", api.reviews), methods=GET),
        Route("/v1/review/{id}/stop", key_door("review", api.stop), methods=POST),
        Route("/v1/review/{id}/dismiss", key_door("review", api.dismiss), methods=POST),
        Route("/v1/inbound/explain", key_door("inbound", api.inbound_explain), methods=POST),
        Route("/v1/forms/{form}/experiment", key_door("forms", experiment.experiment), methods=GET),
        Route("/healthz", ops.healthz, methods=GET),
        Route("/readyz", ops.readyz, methods=GET),
    ]
    return table + (_sandbox() if sandbox else [])


def _sandbox() -> list[Route]:
    return [
        Route("/", demo.shop, methods=GET),
        Route("/handset", demo.handset, methods=GET),
        Route("/handset/messages", demo.messages, methods=GET),
        Route("/handset/senders", demo.senders, methods=GET),
        Route("/handset/replies", demo.reply, methods=POST),
        Route("/handset/numbers", demo.Numbers().hand_out, methods=POST),
        Route("/handset/clock", clock.move, methods=POST),
        Route("/demo/{name}", demo.asset, methods=GET),
    ]
