"""How far a STOP reaches, and what a START lifts: the brand by default, or the group it was said to."""

from tests.conftest import SENDER, Site
from tests.texting import BACKUP, Book, Tell, newest, say, state, suppressed
from tests.wire import SHOWN
from yesline.records import Confirmed, StopByHand, Subscription
from yesline.rules import signing
from yesline.rules.abuse import Policy

BY_GROUP = Policy(stop_scope="group")


async def _in_both(site: Site) -> None:
    for word, to in (("JOIN", SENDER), ("Y", SENDER), ("ROAST", BACKUP), ("Y", BACKUP)):
        await say(site, word, to=to)
        await newest(site)


def test_a_stop_to_one_group_leaves_the_others(on_project: Tell) -> None:
    async def story(site: Site) -> None:
        await _in_both(site)
        await say(site, "STOP")
        assert "no more messages" in await newest(site)
        assert (await state(site), await state(site, "roasts")) == ("unsubscribed", "subscribed")
        assert await suppressed(site) == [("promotions",)]
        await say(site, "JOIN")
        await site.submit()
        await say(site, "HELP", to=BACKUP)
        assert [text.split(":")[0] for text in (await site.texts())[5:]] == ["Larkspur Coffee Promotions"]
        site.clock.advance(seconds=61)
        await say(site, "START")
        assert (await state(site), await state(site, "roasts")) == ("pending", "subscribed")
        assert await suppressed(site) == []

    on_project(story, two=True, stop_scope="group")


def test_a_start_to_one_group_lifts_that_alone(on_project: Tell) -> None:
    async def story(site: Site) -> None:
        await _in_both(site)
        await say(site, "STOP")
        await say(site, "STOP", to=BACKUP)
        assert await suppressed(site) == [("promotions",), ("roasts",)]
        await say(site, "START", to=BACKUP)
        assert await suppressed(site) == [("promotions",)]
        assert (await state(site), await state(site, "roasts")) == ("unsubscribed", "pending")
        scopes = await site.sql("SELECT kind, group_id FROM event WHERE kind IN ('stopped', 'restarted') ORDER BY seq")
        assert scopes == [("stopped", "promotions"), ("stopped", "roasts"), ("restarted", "roasts")]

    on_project(story, two=True, stop_scope="group")


def test_a_stop_by_hand_is_for_every_group_whatever_the_scope(on_project: Tell) -> None:
    async def story(site: Site) -> None:
        await _in_both(site)
        tag = signing.number_tag(site.house.clerk.keys, SHOWN)
        assert await site.house.clerk.record(StopByHand(SHOWN, tag, {"by": "Ada"})) == Confirmed(already=False)
        assert (await state(site), await state(site, "roasts")) == ("unsubscribed", "unsubscribed")
        got = len(await site.texts())
        for word, to in (("JOIN", SENDER), ("ROAST", BACKUP), ("Y", BACKUP), ("hello", SENDER), ("STOP", SENDER)):
            await say(site, word, to=to)
        assert len(await site.texts()) == got, "nothing, and no answer to a STOP that is in force already"
        await say(site, "START", to=BACKUP)
        assert await state(site, "roasts") == "pending"
        restarted = await site.sql("SELECT group_id FROM event WHERE kind = 'restarted'")
        assert restarted == [("*",)]
        assert await suppressed(site) == [("promotions",)], "which was said to that group too, meanwhile"

    on_project(story, two=True, stop_scope="group")


def test_a_stop_to_one_group_outlives_a_change_of_scope() -> None:
    book = Book(BY_GROUP)
    book.says("STOP")
    book.policy = Policy()
    book.says("JOIN")
    assert book.texts("prompt") == []
    book.says("START")
    assert [text.state for text in book.texts("prompt")] == ["queued"]


def test_an_older_start_is_noted_under_the_scope_that_stays() -> None:
    for policy, scope in ((Policy(), "*"), (BY_GROUP, "promotions")):
        book = Book(policy)
        book.says("STOP")
        book.says("START", at=book.now - 1)
        assert [(e.kind, e.group_id, e.after) for e in book.events] == [
            ("stopped", scope, "stopped"),
            ("noted", scope, "stopped"),
        ]
        assert book.texts("prompt") == []


def test_a_stop_that_was_texted_before_the_start_that_was_heard() -> None:
    for policy in (Policy(), BY_GROUP):
        book = Book(policy)
        book.says("START")
        book.says("STOP", at=book.now - 1)
        assert [row.state for row in book.all(Subscription)] == ["pending"]
        assert book.texts("stop") == []
        book.says("STOP", at=0)
        assert [row.state for row in book.all(Subscription)] == ["unsubscribed"], "STOP wins where the order is unknown"
