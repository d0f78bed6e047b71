"""What a back end tells of people and of what they did, in lists: each is taken as far as it can be."""

from msgspec.structs import replace

from yesline.records import Decision, Done, Happening, Profile, ProfileChange, ProfileEvent, Track, Was
from yesline.rules import setting
from yesline.rules.attributes import merged
from yesline.rules.desk import Desk
from yesline.rules.profiles import People


def track(desk: Desk, act: Track) -> Decision:
    """Change what is known of people, set their states, and keep what they did."""
    people = People(desk)
    told: list[Was] = []
    states: list[Was] = []
    for at, change in enumerate(act.changes):
        one, error = _changed(people, change, desk.now)
        told.append(Was(at, error=error))
        wanted = change.settings if one else ()
        who = f"id:{one.id}" if one else ""
        for asked in wanted:
            told_of = replace(asked, who=asked.who or who)
            states.append(replace(setting.each(desk, people, act.source, told_of, act.facts), at=at))
    happened = [_happened(desk, people, at, one) for at, one in enumerate(act.happenings)]
    return desk.decision(Done(tuple(states), tuple(told), tuple(happened)))


def _changed(people: People, change: ProfileChange, now: int) -> tuple[Profile | None, str]:
    """The profile as it is now, or none where it is not to be made; and the names of attributes that were left out."""
    one = people.find(change.who)
    if not one and not change.create:
        return None, ""
    one = one or people.make(change.who)
    attributes, wrong = merged(one.attributes, change.attributes)
    if change.phone is not None:
        one = replace(one, phone=change.phone or None, tag=change.tag or None)
    if change.email is not None:
        one = replace(one, email=change.email or None, email_tag=change.email_tag or None)
    return people.put(replace(one, attributes=attributes, updated_at=now)), ", ".join(wrong)


def _happened(desk: Desk, people: People, at: int, one: Happening) -> Was:
    found = people.find(one.who) or (people.make(one.who) if one.create else None)
    if found:
        desk.put(ProfileEvent(desk.mint(), found.id, one.kind, one.name, one.at, one.properties))
    return Was(at)
