"""A restored backup delivers no event that waited in it: it may have been delivered since."""

from pathlib import Path

import pytest

from tests.conftest import Site
from tests.deployments import deployment, on, yesline
from tests.post.hooks import deliveries, endpoint, fed
from tests.postgres import Cluster, apart
from yesline.post.webhooks import Webhooks
from yesline.settings import Settings
from yesline.store import engines, outgoing


@pytest.fixture(params=["sqlite", "postgres"])
def hosts(request: pytest.FixtureRequest, tmp_path: Path, postgres: Cluster) -> tuple[Settings, Settings]:
    """A deployment, and an empty host."""
    urls = ["", ""] if request.param == "sqlite" else [postgres.make(f"told-{name}") for name in ("old", "new")]
    old, new = (deployment(tmp_path / name, url) for name, url in zip(("old", "new"), urls, strict=True))
    old.folder.mkdir(parents=True, exist_ok=True)
    apart(engines.migrate(old.database_url, 0))
    return old, new


def test_what_waited_in_a_backup_is_not_delivered(
    hosts: tuple[Settings, Settings], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def none(_: Webhooks) -> None:
        return None

    monkeypatch.setattr(Webhooks, "run", none)
    old, new = hosts

    async def live(site: Site) -> None:
        await endpoint(site.house.store, "https://shop.example/hooks", site.clock())
        await site.submit()
        await fed(site.house.store, site.clock())
        assert await outgoing.due(site.house.store, site.clock())

    on(old, live)
    assert yesline(old, "backup", tmp_path / "backup").exit_code == 0
    done = yesline(new, "restore", tmp_path / "backup")
    assert done.exit_code == 0, done.output

    async def look(site: Site) -> None:
        store = site.house.store
        (to,) = await outgoing.endpoints(store.rows)
        assert to.state == "enabled"
        assert {(one.state, one.reason) for one in await deliveries(site, to)} == {("uncertain", "restored")}
        assert not await outgoing.due(store, site.clock() + 86_400_000)
        seen = await outgoing.newest(store.rows)
        await site.submit("(202) 555-0123")
        entries = await fed(store, site.clock())
        assert [entry.seq for entry in entries] == list(range(1, seen + 3))
        assert len(await outgoing.due(store, site.clock())) == 1

    on(new, look)
