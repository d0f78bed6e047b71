"""What a back end may say of a number's state, or an e-mail address's: set it, or have the phone asked first.

An explicit set decides, but never over a STOP: only the person's own START ends that. Prompts count against the same caps as those of
forms. Source: contracts, section 2; ``security-compliance`` A5.2.
"""

import phonenumbers
from msgspec.structs import replace

from yesline.programme import Group
from yesline.records import (
    Decision,
    Done,
    Profile,
    Prompt,
    SetStates,
    Setting,
    Source,
    State,
    Subject,
    Subscription,
    Was,
)
from yesline.rules import profiles
from yesline.rules.abuse import DAY
from yesline.rules.consent import ask_again, drop_queued, lapse, move, new_prompt, queue
from yesline.rules.desk import Desk

CONSENT_FIRST = ("CA",)
"""Countries where a text that asks for consent is itself a commercial message. Source: ``security-compliance`` A5.2."""

Facts = dict[str, str]


def set_states(desk: Desk, act: SetStates) -> Decision:
    """Set every state that can be set; the others are told in the outcome."""
    people = profiles.People(desk)
    states = [each(desk, people, act.source, setting, act.facts) for setting in act.settings]
    return desk.decision(Done(states=tuple(replace(was, at=at) for at, was in enumerate(states))))


def each(desk: Desk, people: profiles.People, source: Source, setting: Setting, facts: Facts) -> Was:
    """Set one state. ``error`` is ``profile_unknown``, ``phone_unknown``, ``email_unknown``, ``stopped``, ``consent_missing`` or ``capped``."""
    if not setting.tag:
        found = people.find(setting.who)
        if not found:
            return Was(0, error="profile_unknown")
        setting = _of_profile(setting, found)
    elif setting.asks and not setting.language and (owner := people.find(profiles.phone(setting.tag))):
        setting = replace(setting, language=profiles.language_of(owner))
    if not setting.tag:
        return Was(0, error=f"{'email' if setting.group.channel == 'email' else 'phone'}_unknown")
    subject = desk.subject(setting.tag, setting.phone, setting.email)
    lapse(desk, subject, setting.group.id)
    return _Change(desk, subject, source, setting, facts).made()


def _of_profile(setting: Setting, profile: Profile) -> Setting:
    language = setting.language or profiles.language_of(profile)
    if setting.group.channel == "email":
        return replace(setting, email=profile.email or "", tag=profile.email_tag or "", language=language)
    return replace(setting, phone=profile.phone or "", tag=profile.tag or "", language=language)


class _Change:
    """One state on its way to another."""

    def __init__(self, desk: Desk, subject: Subject, source: Source, setting: Setting, facts: Facts) -> None:
        self.desk = desk
        self.subject = subject
        self.source: Source = source
        self.setting = setting
        self.group: Group = setting.group
        self.facts = {
            **facts,
            **setting.consent,
            **({"phone": setting.phone} if setting.phone else {"email": setting.email}),
        }
        self.current: Subscription = desk.subscription(subject, self.group.id)

    def made(self) -> Was:
        """Do it, or say why not; the ledger tells either."""
        if self.setting.state == "unsubscribed":
            self._close_prompt("unsubscribed")
            return self._moved("unsubscribed")
        if error := self._refused():
            self._note(self.current.state, "noted", why=error)
            return Was(0, self.current.state, error)
        if self.current.state == "subscribed":
            self._note("subscribed", "noted")
            return Was(0, "subscribed")
        if self.setting.asks and self.group.channel == "sms":
            return self._ask()
        self._close_prompt("answered")
        return self._moved("subscribed")

    def _refused(self) -> str:
        if self.desk.stopped(self.subject, self.group.id):
            return "stopped"
        known = self.current.state in ("pending", "subscribed")
        return (
            ""
            if known or self.setting.consent or not needs_consent(self.group, self.setting.phone)
            else "consent_missing"
        )

    def _moved(self, state: State) -> Was:
        was = self.current.state
        kind = "noted" if was == state else "subscribed" if state == "subscribed" else "unsubscribed"
        move(self.desk, self.current, state, self.setting.language)
        self._note(state, kind)
        return Was(0, state)

    def _note(self, after: str, kind: str, **more: str) -> None:
        change = (self.group.id, self.current.state, after)
        self.desk.note(self.subject, kind, self.source, change, self.facts | more)  # type: ignore[arg-type]

    def _close_prompt(self, why: str) -> None:
        """An explicit set takes the place of what the phone was asked."""
        if prompt := self._open_prompt():
            drop_queued(self.desk, self.subject, why, prompt.id)
            self.desk.put(replace(prompt, state="void"))

    def _open_prompt(self) -> Prompt | None:
        return next((p for p in self.desk.open_prompts(self.subject) if p.group_id == self.group.id), None)

    def _ask(self) -> Was:
        """Have the phone asked, once a day however often it is wanted; over the cap of its number nothing changes."""
        prompt = self._open_prompt()
        if self.current.state == "pending" and prompt and self._asked_today(prompt):
            self._note("pending", "noted", why="asked")
            return Was(0, "pending")
        if not self.desk.count(self.desk.policy.number, self.setting.tag):
            self._note(self.current.state, "noted", why="capped")
            return Was(0, self.current.state, "capped")
        moved = move(self.desk, self.current, "pending", self.setting.language)
        self._note("pending", "requested")
        queue(
            self.desk, self.subject, "prompt", ask_again(self.desk, prompt) if prompt else self._prompt(moved.language)
        )
        return Was(0, "pending")

    def _asked_today(self, prompt: Prompt) -> bool:
        return prompt.code_until - self.desk.policy.code_life + DAY > self.desk.now

    def _prompt(self, language: str) -> Prompt:
        spoken = language or self.group.languages[0]
        return self.desk.put(new_prompt(self.desk, self.subject, self.group, spoken, ("reply", "link")))


def needs_consent(group: Group, phone: str) -> bool:
    """Whether a back end must tell how a number agreed before it is subscribed or asked."""
    if group.consent != "by_country":
        return group.consent == "required"
    return bool(phone) and phonenumbers.region_code_for_number(phonenumbers.parse(phone)) in CONSENT_FIRST
