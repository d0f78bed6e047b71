"""The table of every URL."""

from functools import partial

from starlette.routing import Route

from yesline.doors import clock, confirm, demo, hosted, inbound, ops, page, stopping, theme_assets
from yesline.doors.braze import invalid, status, track
from yesline.doors.braze import people as braze_people
from yesline.doors.braze.rates import Rates
from yesline.doors.guard import page_door, public_door
from yesline.doors.keyring import braze_door, key_door
from yesline.doors.v1 import (
    catalogue,
    events,
    experiment,
    exports,
    imports,
    keys,
    messages,
    openapi,
    review,
    submissions,
    subscribers,
    subscriptions,
    webhooks,
)
from yesline.doors.v1 import inbound as v1_inbound

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
        Route("/healthz", ops.healthz, methods=GET),
        Route("/readyz", ops.readyz, methods=GET),
    ]
    table += _v1()
    table += _braze()
    return table + (_sandbox() if sandbox else [])


def _v1() -> list[Route]:
    """The resources of the native API; ``doors.v1.openapi`` says what they take and answer."""
    return [
        Route("/openapi.json", public_door(openapi.openapi), methods=GET),
        Route("/v1/groups", key_door("catalogue", catalogue.groups), methods=GET),
        Route("/v1/senders", key_door("catalogue", catalogue.senders), methods=GET),
        Route("/v1/forms", key_door("catalogue", catalogue.forms), methods=GET),
        Route("/v1/forms/{form}/versions", key_door("catalogue", catalogue.versions), methods=GET),
        Route("/v1/subscribers", key_door("subscribers", subscribers.several), methods=GET),
        Route("/v1/subscribers/{id}", key_door("subscribers", subscribers.one), methods=GET),
        Route("/v1/subscribers/{id}/history", key_door("subscribers", subscribers.history), methods=GET),
        Route("/v1/subscribers/{id}/stop", key_door("subscriptions", subscribers.stop), methods=POST),
        Route("/v1/subscribers/{id}/erase", key_door("erase", subscribers.erase), methods=POST),
        Route("/v1/subscriptions", key_door("subscriptions", subscriptions.put), methods=POST),
        Route("/v1/submissions", key_door("messages", submissions.several), methods=GET),
        Route("/v1/messages", key_door("messages", messages.several), methods=GET),
        Route("/v1/imports", key_door("imports", imports.imports, streams=True), methods=BOTH),
        Route("/v1/imports/{id}", key_door("imports", imports.one), methods=GET),
        Route("/v1/imports/{id}/refusals", key_door("imports", imports.refusals), methods=GET),
        Route("/v1/imports/{id}/cancel", key_door("imports", imports.cancel), methods=POST),
        Route("/v1/exports/subscribers", key_door("exports", exports.subscribers), methods=GET),
        Route("/v1/review", key_door("review", review.reviews), methods=GET),
        Route("/v1/review/{id}/stop", key_door("review", review.stop), methods=POST),
        Route("/v1/review/{id}/dismiss", key_door("review", review.dismiss), methods=POST),
        Route("/v1/inbound/explain", key_door("inbound", v1_inbound.explain), methods=POST),
        Route("/v1/forms/{form}/experiment", key_door("forms", experiment.experiment), methods=GET),
        Route("/v1/events", key_door("events", events.events), methods=GET),
        Route("/v1/webhooks", key_door("webhooks", webhooks.endpoints), methods=BOTH),
        Route("/v1/webhooks/{id}/rotate", key_door("webhooks", webhooks.rotate), methods=POST),
        Route("/v1/webhooks/{id}/enable", key_door("webhooks", webhooks.enable), methods=POST),
        Route("/v1/webhooks/{id}/disable", key_door("webhooks", webhooks.disable), methods=POST),
        Route("/v1/webhooks/{id}/deliveries", key_door("webhooks", webhooks.deliveries), methods=GET),
        Route("/v1/webhooks/{id}/replay", key_door("webhooks", webhooks.replay), methods=POST),
        Route("/v1/keys", key_door("keys", keys.keys), methods=BOTH),
        Route("/v1/keys/{id}/revoke", key_door("keys", keys.revoke), methods=POST),
    ]


def _braze() -> list[Route]:
    """The endpoints of Braze; their calls are counted together."""
    door = partial(braze_door, rates=Rates())
    return [
        Route("/subscription/status/set", door("subscription.status.set", status.set_one), methods=POST),
        Route("/v2/subscription/status/set", door("subscription.status.set", status.set_several), methods=POST),
        Route("/subscription/status/get", door("subscription.status.get", status.get_status), methods=GET),
        Route("/subscription/user/status", door("subscription.groups.get", status.get_user), methods=GET),
        Route("/users/track", door("users.track", track.track), methods=POST),
        Route("/users/identify", door("users.identify", braze_people.identify), methods=POST),
        Route("/users/alias/new", door("users.alias.new", braze_people.new_aliases), methods=POST),
        Route("/users/delete", door("users.delete", braze_people.delete), methods=POST),
        Route("/users/export/ids", door("users.export.ids", braze_people.export), methods=POST),
        Route("/sms/invalid_phone_numbers", door("sms.invalid_phone_numbers", invalid.listed), methods=GET),
        Route(
            "/sms/invalid_phone_numbers/remove", door("sms.invalid_phone_numbers.remove", invalid.remove), methods=POST
        ),
    ]


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
