"""People as the product's back end names them: found by external id, alias, number or address, changed, joined and deleted.

A key of a profile says by what it is found: ``external_id:u1``, ``alias:label`` + unit separator + ``name``, ``id:...``, or
``phone:`` and ``email:`` with the keyed hash. Consent is not theirs: it belongs to the number (contracts, section 2).
"""

import re
from collections.abc import Iterator
from functools import cached_property

import msgspec
from msgspec.structs import replace

from yesline.records import (
    BRAND_WIDE,
    Decision,
    Done,
    Erase,
    Forget,
    Identify,
    NameProfiles,
    Profile,
    ProfileAlias,
    Prompt,
    ReviewItem,
    Subscription,
    Was,
)
from yesline.rules.consent import drop_queued, move
from yesline.rules.desk import Desk
from yesline.rules.signing import Keys, number_tag

SEPARATOR = "\x1f"
"""Between the label and the name of an alias."""
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Z]{2})?")


def external(value: str) -> str:
    """The key of the profile with this external id."""
    return f"external_id:{value}"


def alias(label: str, name: str) -> str:
    """The key of the profile with this alias."""
    return f"alias:{label}{SEPARATOR}{name}"


def phone(tag: str) -> str:
    """The key of the profiles with the number of this tag."""
    return f"phone:{tag}"


def email(tag: str) -> str:
    """The key of the profiles with the address of this tag."""
    return f"email:{tag}"


def email_tag(keys: Keys, address: str) -> str:
    """The keyed hash under which an e-mail address is looked up, however it is written."""
    return number_tag(keys, "email:" + address.strip().lower())


def language_of(profile: Profile) -> str:
    """The language a person is known to read, as a language tag, or nothing."""
    said = msgspec.json.decode(profile.attributes).get("language")
    return said if isinstance(said, str) and _LANGUAGE.fullmatch(said) else ""


class People:
    """The profiles that an act may be about, as it sees them."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    @cached_property
    def _ids(self) -> dict[str, str]:
        """Profiles by their keys; nothing is looked through for acts that are about numbers alone."""
        known = self._desk.known
        found = {key: one.id for one in sorted(known.all(Profile), key=_rank) for key in _keys(one)}
        return found | {f"alias:{other.key}": other.profile_id for other in known.all(ProfileAlias)}

    def find(self, key: str) -> Profile | None:
        """The profile that a key names. Of several with one number or address it is the one changed last that has an external id."""
        found = self._desk.get(Profile, self._ids.get(key, ""))
        if not found or _is_gone(found):
            return None
        return found if key.startswith("alias:") or key in _keys(found) else None

    def make(self, key: str) -> Profile:
        """A new profile by the name that a key gives it."""
        kind, _, name = key.partition(":")
        one = Profile(
            id=self._desk.mint(),
            external_id=name if kind == "external_id" else None,
            phone=None,
            tag=None,
            email=None,
            email_tag=None,
            attributes="{}",
            created_at=self._desk.now,
            updated_at=self._desk.now,
        )
        made = self.put(one)
        if kind == "alias":
            self.name(made, *name.split(SEPARATOR, 1))
        return made

    def put(self, one: Profile) -> Profile:
        """Decide that a profile shall be so."""
        self._ids.update(dict.fromkeys(_keys(one), one.id))
        return self._desk.put(one)

    def name(self, one: Profile, label: str, name: str) -> None:
        """Give a profile an alias."""
        self._desk.put(ProfileAlias(f"{label}{SEPARATOR}{name}", label, name, one.id))
        self._ids[alias(label, name)] = one.id

    def aliases(self, one: Profile) -> Iterator[ProfileAlias]:
        """The aliases of a profile, as far as they were loaded."""
        for other in self._desk.known.all(ProfileAlias):
            now = self._desk.get(ProfileAlias, other.key)
            if now and now.profile_id == one.id:
                yield now

    def remove(self, one: Profile) -> None:
        """Delete a profile with all that is under it."""
        blank = replace(
            one, external_id=None, phone=None, tag=None, email=None, email_tag=None, attributes="{}", updated_at=-1
        )
        self._desk.put(blank)
        self._desk.remove(profile_id=one.id)


def _rank(one: Profile) -> tuple[bool, int]:
    """Later ones are found in place of earlier ones."""
    return one.external_id is not None, one.updated_at


def _is_gone(one: Profile) -> bool:
    return one.updated_at < 0


def _keys(one: Profile) -> list[str]:
    keys = [f"id:{one.id}"]
    if one.external_id:
        keys.append(external(one.external_id))
    if one.tag:
        keys.append(phone(one.tag))
    if one.email_tag:
        keys.append(email(one.email_tag))
    return keys


def identify(desk: Desk, act: Identify) -> Decision:
    """Give people known by another name their external ids; where somebody has it already, that one is given what they lack."""
    people = People(desk)
    told = [_identified(people, at, *pair, desk.now) for at, pair in enumerate(act.pairs)]
    return desk.decision(Done(people=tuple(told)))


def _identified(people: People, at: int, key: str, external_id: str, now: int) -> Was:
    nameless, known = people.find(key), people.find(external(external_id))
    if not nameless:
        return Was(at, error="profile_unknown")
    if nameless.external_id:
        return Was(at, error="" if nameless.external_id == external_id else "external_id_taken")
    if not known:
        people.put(replace(nameless, external_id=external_id, updated_at=now))
        return Was(at)
    for other in list(people.aliases(nameless)):
        people.name(known, other.label, other.name)
    people.remove(nameless)
    people.put(_joined(known, nameless, now))
    return Was(at)


def _joined(known: Profile, lesser: Profile, now: int) -> Profile:
    """A profile with what it lacks of another's."""
    attributes = msgspec.json.decode(lesser.attributes) | msgspec.json.decode(known.attributes)
    phone = (known.phone, known.tag) if known.tag else (lesser.phone, lesser.tag)
    email = (known.email, known.email_tag) if known.email_tag else (lesser.email, lesser.email_tag)
    return replace(
        known,
        phone=phone[0],
        tag=phone[1],
        email=email[0],
        email_tag=email[1],
        attributes=msgspec.json.encode(attributes).decode(),
        updated_at=now,
    )


def name_profiles(desk: Desk, act: NameProfiles) -> Decision:
    """Give profiles aliases. One that another profile has stays with it."""
    people = People(desk)
    told = [_named(people, at, *name) for at, name in enumerate(act.names)]
    return desk.decision(Done(people=tuple(told)))


def _named(people: People, at: int, key: str, label: str, name: str) -> Was:
    taken = people.find(alias(label, name))
    if not key:
        if not taken:
            people.make(alias(label, name))
        return Was(at)
    one = people.find(key)
    if not one:
        return Was(at, error="profile_unknown")
    if taken and taken.id != one.id:
        return Was(at, error="alias_taken")
    people.name(one, label, name)
    return Was(at)


def forget(desk: Desk, act: Forget) -> Decision:
    """Delete profiles. Those that are not there are told as unknown."""
    people = People(desk)
    told = []
    for at, key in enumerate(act.who):
        one = people.find(key)
        if one:
            people.remove(one)
        told.append(Was(at, error="" if one else "profile_unknown"))
    return desk.decision(Done(people=tuple(told)))


def erase(desk: Desk, act: Erase) -> Decision:
    """Erase what is kept of a number or an address: the ledger keeps digests, a STOP its keyed hash. Source: ``security-compliance`` C5."""
    known = desk.known.tagged(act.tag)
    subject = desk.subject(act.tag, "") if known else None
    people = People(desk)
    for one in [p for p in desk.known.all(Profile) if act.tag in (p.tag, p.email_tag)]:
        people.remove(one)
    if not subject:
        return desk.decision(Was(0, error="subject_unknown"))
    for prompt in [p for p in desk.of(Prompt, subject) if p.state == "open"]:
        desk.put(replace(prompt, state="void"))
    drop_queued(desk, subject, "erased")
    for item in [item for item in desk.of(ReviewItem, subject) if item.state == "open"]:
        desk.put(replace(item, state="dismissed", decided_at=desk.now, decided_by="erased"))
    standing = desk.of(Subscription, subject)
    for current in standing:
        move(desk, current, "unknown")
    for group, was in [(one.group_id, one.state) for one in standing] or [(BRAND_WIDE, "unknown")]:
        desk.note(subject, "erased", "api", (group, was, "unknown"), act.facts)
    desk.put(replace(subject, tag=None, phone=None, email=""))
    desk.remove(subject_id=subject.id)
    return desk.decision(Was(0))
