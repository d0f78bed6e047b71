"""How somebody agreed elsewhere, as a back end tells it: the same on every way in over REST."""

from typing import Annotated

from msgspec import Meta, Struct, structs

from yesline.errors import Refusal

Fact = Annotated[str, Meta(pattern=r"^[^\x00]*$", max_length=4000)]


class ConsentGiven(Struct, frozen=True, forbid_unknown_fields=True):
    """The words, or the form and its version, where, when and by what act. It goes into the ledger."""

    text: Fact = ""
    form: Fact = ""
    version: Fact = ""
    page: Fact = ""
    address: Fact = ""
    agent: Fact = ""
    at: Fact = ""
    act: Fact = ""

    @property
    def facts(self) -> dict[str, str]:
        """What is said of it. Raises Refusal where that is not enough."""
        if not self.text and not (self.form and self.version):
            message = "consent: send the text that was agreed to, or the form and its version."
            raise Refusal("bad_request", message, 400, field="consent")
        return {name: value for name, value in structs.asdict(self).items() if value}
