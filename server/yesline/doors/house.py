"""What every door needs: the settings, the clerk, the store and what is in use."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct
from starlette.requests import Request

from yesline.carriers.base import Carrier
from yesline.clerk import Clerk
from yesline.errors import Refusal
from yesline.programme import FormVersion, View
from yesline.settings import Settings
from yesline.store.base import Store
from yesline.store.catalogue import Catalogue
from yesline.store.showings import Showings
from yesline.views import languages


class House(Struct, frozen=True):
    """The rooms behind the doors."""

    settings: Settings
    store: Store
    clerk: Clerk
    catalogue: Catalogue
    carriers: Mapping[str, Carrier]
    webhooks: Mapping[str, Carrier]
    showings: Showings

    def form(self, form_id: str) -> FormVersion:
        """The version of a form in use. Raises Refusal."""
        found = self.catalogue.forms.get(form_id)
        if not found:
            raise Refusal("form_not_found", f"There is no form {form_id!r}: check its id, or run 'yesline apply'.", 404)
        return found


def house(request: Request) -> House:
    """The house this request came to."""
    rooms: House = request.app.state.house
    return rooms


def speak(form: FormVersion, request: Request, asked: str | None) -> View:
    """The form's view in the language asked for, else one of the browser's languages, else the form's first."""
    spoken = form.form.locales
    return form.views[languages.best([asked] if asked else _wished(request), spoken) or spoken[0]]


def reader(request: Request) -> str:
    """The one of our languages that the browser asks for, for pages that belong to no form."""
    return languages.best(_wished(request), languages.ours()) or "en"


def _wished(request: Request) -> list[str]:
    return languages.accepted(request.headers.get("accept-language", ""))


def client(request: Request) -> tuple[str, dict[str, str]]:
    """The client's address, which uvicorn takes from trusted proxies only, and the evidence of where an act came from."""
    address = request.client.host if request.client else ""
    agent = request.headers.get("user-agent", "")[:300]
    return address, {"address": address, "agent": agent}


def path(request: Request, name: str) -> str:
    """A part of the path, as the route names it."""
    value: Any = request.path_params[name]
    return str(value)
