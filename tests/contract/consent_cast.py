"""Who plays in the tests of consent: numbers, groups, forms, keys and caps."""

from tests.contract import consent_terms as terms
from tests.contract.consent_terms import DAY, HOUR, Programme
from yesline.programme import Brand, Form, FormVersion, Group, Keywords, Sender
from yesline.records import Submit
from yesline.rules import signing
from yesline.rules.abuse import Cap, Policy, Scope
from yesline.rules.signing import Keys

NUMBERS = ("+12015550101", "+12015550102", "+12025550103")
PROGRAMMES = (
    Programme("club", "24680", single=False, days=30, keyword="PERKS"),
    Programme("sale", "13579", single=True, days=7, asks_back=False),
)
GROUPS = tuple(programme.id for programme in PROGRAMMES)
KEYS = Keys((b"s" * 32,), b"n" * 32, b"l" * 32)
BRAND = Brand("Larkspur", "help@larkspur.example", "https://larkspur.example/terms", "https://larkspur.example/privacy")


def _boundless(name: str) -> Scope:
    return Scope(name, HOUR, (Cap(1_000_000, DAY),))


def _exact(name: str, caps: tuple[tuple[int, int], ...]) -> Scope:
    return Scope(name, 1, tuple(Cap(most, per) for most, per in caps))


# The caps that shape consent are as in the model; those that only bound cost are tested where they live.
POLICY = Policy(
    number=_exact("number", terms.ASKED),
    block=_boundless("block"),
    address=_boundless("address"),
    codes=_boundless("codes"),
    answers=_boundless("answers"),
    already=_exact("already", terms.ONE_A_DAY),
    others=_exact("others", terms.ONE_A_DAY),
    asks=_exact("asks", terms.ONE_A_DAY),
)


def _form(programme: Programme) -> FormVersion:
    sender = Sender(programme.sender, per_second=1000)
    group = Group(
        programme.id,
        "Club",
        "offers",
        "weekly",
        sender,
        "single" if programme.single else "double",
        programme.days,
        keywords={"en": Keywords(opt_in=(programme.keyword,))} if programme.keyword else {},
        unclear="ask" if programme.asks_back else "review",
    )
    return FormVersion(
        f"v-{programme.id}", Form(programme.id, programme.id, ("US",), daily=1_000_000), group, BRAND, {}
    )


FORMS = {programme.id: _form(programme) for programme in PROGRAMMES}
TAGS = {number: signing.number_tag(KEYS, number) for number in NUMBERS}
PACE = {form.group.sender.address: 1000 for form in FORMS.values()}


def submit(attempt: str, number: str, group: str, body: str) -> Submit:
    """A form that was sent."""
    block = signing.number_tag(KEYS, number[:-4])
    facts = {"phone": number}
    return Submit(attempt, FORMS[group], "en", number, TAGS[number], block, "address", "shop.example", body, facts)
