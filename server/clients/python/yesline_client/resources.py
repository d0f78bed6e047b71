"""The calls of each resource. Made from the OpenAPI document: scripts/clients writes it anew."""

from collections.abc import Iterator
from typing import Literal, Unpack

from yesline_client import types
from yesline_client.callers import Caller, Pages
from yesline_client.calls import File, at


class Groups:
    """``/v1/groups``."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    def list(self) -> Pages[types.GroupItem]:
        """Groups in use. Scope `catalogue`."""
        return self._caller.pages("/v1/groups", {}, "items")


class Senders:
    """``/v1/senders``."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    def list(self) -> Pages[types.SenderItem]:
        """What groups text from. Scope `catalogue`."""
        return self._caller.pages("/v1/senders", {}, "items")


class Forms:
    """``/v1/forms``."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    def list(self) -> Pages[types.FormItem]:
        """Forms in use. Scope `catalogue`."""
        return self._caller.pages("/v1/forms", {}, "items")

    def versions(self, form: str, /) -> Pages[types.VersionItem]:
        """Every version of a form. Scope `catalogue`."""
        return self._caller.pages(at("/v1/forms/{}/versions", form), {}, "items")

    def experiment(self, form: str, /, **query: Unpack[types.FormsExperimentQuery]) -> types.Experiment:
        """How variants of a form do. Scope `forms`."""
        answer: types.Experiment = self._caller.read(at("/v1/forms/{}/experiment", form), query)
        return answer


class Subscribers:
    """``/v1/subscribers``."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    def list(self, **query: Unpack[types.SubscribersListQuery]) -> Pages[types.Subscriber]:
        """Subscribers. Scope `subscribers`."""
        return self._caller.pages("/v1/subscribers", query, "items")

    def get(self, id_: str, /) -> types.Subscriber:
        """One subscriber. Scope `subscribers`."""
        answer: types.Subscriber = self._caller.read(at("/v1/subscribers/{}", id_), {})
        return answer

    def history(self, id_: str, /, **query: Unpack[types.SubscribersHistoryQuery]) -> Pages[types.HistoryEvent]:
        """What the ledger tells of one. Scope `subscribers`."""
        return self._caller.pages(at("/v1/subscribers/{}/history", id_), query, "items")

    def stop(self, id_: str, /, *, idempotency_key: str | None = None, **body: Unpack[types.EndBody]) -> types.Ended:
        """Stop all texts to one. Scope `subscriptions`."""
        answer: types.Ended = self._caller.write(at("/v1/subscribers/{}/stop", id_), {}, body, idempotency_key)
        return answer

    def erase(self, id_: str, /, *, idempotency_key: str | None = None, **body: Unpack[types.EndBody]) -> types.Ended:
        """Erase one. Scope `erase`."""
        answer: types.Ended = self._caller.write(at("/v1/subscribers/{}/erase", id_), {}, body, idempotency_key)
        return answer


class Subscriptions:
    """``/v1/subscriptions``."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    def set(
        self, *, idempotency_key: str | None = None, **body: Unpack[types.SubscriptionBody]
    ) -> types.SubscriptionState:
        """Set a state, or have the phone asked. Scope `subscriptions`."""
        answer: types.SubscriptionState = self._caller.write("/v1/subscriptions", {}, body, idempotency_key)
        return answer


class Submissions:
    """``/v1/submissions``."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    def list(self, **query: Unpack[types.SubmissionsListQuery]) -> Pages[types.SubmissionItem]:
        """What forms have brought. Scope `messages`."""
        return self._caller.pages("/v1/submissions", query, "items")


class Messages:
    """``/v1/messages``."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    def list(self, **query: Unpack[types.MessagesListQuery]) -> Pages[types.Message]:
        """Texts in and out. Scope `messages`."""
        return self._caller.pages("/v1/messages", query, "items")


class Imports:
    """``/v1/imports``."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    def list(self, **query: Unpack[types.ImportsListQuery]) -> Pages[types.ImportItem]:
        """Imports, newest first. Scope `imports`."""
        return self._caller.pages("/v1/imports", query, "items")

    def create(
        self,
        file: File,
        /,
        *,
        content_type: Literal["text/csv", "application/x-ndjson", "application/ndjson"],
        idempotency_key: str | None = None,
        **query: Unpack[types.ImportsCreateQuery],
    ) -> types.ImportItem:
        """Take a file of people into a group. Scope `imports`."""
        answer: types.ImportItem = self._caller.upload("/v1/imports", query, file, content_type, idempotency_key)
        return answer

    def get(self, id_: str, /) -> types.ImportItem:
        """How far an import is. Scope `imports`."""
        answer: types.ImportItem = self._caller.read(at("/v1/imports/{}", id_), {})
        return answer

    def refusals(self, id_: str, /, **query: Unpack[types.ImportsRefusalsQuery]) -> Iterator[bytes]:
        """Rows that were not taken, as a file. Scope `imports`."""
        return self._caller.download(at("/v1/imports/{}/refusals", id_), query)

    def cancel(self, id_: str, /, *, idempotency_key: str | None = None) -> types.ImportItem:
        """End an import where it is. Scope `imports`."""
        answer: types.ImportItem = self._caller.write(at("/v1/imports/{}/cancel", id_), {}, None, idempotency_key)
        return answer


class Exports:
    """``/v1/exports``."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    def subscribers(self, **query: Unpack[types.ExportsSubscribersQuery]) -> Iterator[bytes]:
        """Who is in a group, as a file. Scope `exports`."""
        return self._caller.download("/v1/exports/subscribers", query)


class Keys:
    """``/v1/keys``."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    def list(self) -> Pages[types.KeyItem]:
        """Keys, revoked ones too. Scope `keys`."""
        return self._caller.pages("/v1/keys", {}, "items")

    def create(self, *, idempotency_key: str | None = None, **body: Unpack[types.KeyBody]) -> types.NewKey:
        """Make a key. Scope `keys`."""
        answer: types.NewKey = self._caller.write("/v1/keys", {}, body, idempotency_key)
        return answer

    def revoke(self, id_: str, /, *, idempotency_key: str | None = None) -> types.Ended:
        """End a key. Scope `keys`."""
        answer: types.Ended = self._caller.write(at("/v1/keys/{}/revoke", id_), {}, None, idempotency_key)
        return answer


class Review:
    """``/v1/review``."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    def list(self) -> Pages[types.ReviewItem]:
        """Texts that wait for a person. Scope `review`."""
        return self._caller.pages("/v1/review", {}, "items")

    def stop(
        self, id_: str, /, *, idempotency_key: str | None = None, **body: Unpack[types.DecideBody]
    ) -> types.Decided:
        """It was a wish to stop. Scope `review`."""
        answer: types.Decided = self._caller.write(at("/v1/review/{}/stop", id_), {}, body, idempotency_key)
        return answer

    def dismiss(
        self, id_: str, /, *, idempotency_key: str | None = None, **body: Unpack[types.DecideBody]
    ) -> types.Decided:
        """It was none. Scope `review`."""
        answer: types.Decided = self._caller.write(at("/v1/review/{}/dismiss", id_), {}, body, idempotency_key)
        return answer


class Inbound:
    """``/v1/inbound``."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    def explain(self, *, idempotency_key: str | None = None, **body: Unpack[types.ExplainBody]) -> types.Explained:
        """What a text would do. Scope `inbound`."""
        answer: types.Explained = self._caller.write("/v1/inbound/explain", {}, body, idempotency_key)
        return answer


class Events:
    """``/v1/events``."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    def list(self, **query: Unpack[types.EventsListQuery]) -> Pages[types.FeedEvent]:
        """What happened, in its order. Scope `events`."""
        return self._caller.pages("/v1/events", query, "events")


class Webhooks:
    """``/v1/webhooks``."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    def list(self) -> Pages[types.Endpoint]:
        """Who is told of events. Scope `webhooks`."""
        return self._caller.pages("/v1/webhooks", {}, "items")

    def create(
        self, *, idempotency_key: str | None = None, **body: Unpack[types.NewEndpoint]
    ) -> types.EndpointWithSecret:
        """Tell somebody of events. Scope `webhooks`."""
        answer: types.EndpointWithSecret = self._caller.write("/v1/webhooks", {}, body, idempotency_key)
        return answer

    def rotate(
        self, id_: str, /, *, idempotency_key: str | None = None, **body: Unpack[types.RotateBody]
    ) -> types.EndpointWithSecret:
        """A new secret for an endpoint. Scope `webhooks`."""
        answer: types.EndpointWithSecret = self._caller.write(
            at("/v1/webhooks/{}/rotate", id_), {}, body, idempotency_key
        )
        return answer

    def enable(self, id_: str, /, *, idempotency_key: str | None = None) -> types.Endpoint:
        """Tell an endpoint again. Scope `webhooks`."""
        answer: types.Endpoint = self._caller.write(at("/v1/webhooks/{}/enable", id_), {}, None, idempotency_key)
        return answer

    def disable(self, id_: str, /, *, idempotency_key: str | None = None) -> types.Endpoint:
        """Tell an endpoint no more. Scope `webhooks`."""
        answer: types.Endpoint = self._caller.write(at("/v1/webhooks/{}/disable", id_), {}, None, idempotency_key)
        return answer

    def deliveries(self, id_: str, /) -> Pages[types.Delivery]:
        """What went to an endpoint. Scope `webhooks`."""
        return self._caller.pages(at("/v1/webhooks/{}/deliveries", id_), {}, "items")

    def replay(
        self, id_: str, /, *, idempotency_key: str | None = None, **body: Unpack[types.ReplayBody]
    ) -> types.Replayed:
        """Deliver events again. Scope `webhooks`."""
        answer: types.Replayed = self._caller.write(at("/v1/webhooks/{}/replay", id_), {}, body, idempotency_key)
        return answer


class Resources:
    """Everything under /v1."""

    def __init__(self, caller: Caller) -> None:
        self.groups = Groups(caller)
        self.senders = Senders(caller)
        self.forms = Forms(caller)
        self.subscribers = Subscribers(caller)
        self.subscriptions = Subscriptions(caller)
        self.submissions = Submissions(caller)
        self.messages = Messages(caller)
        self.imports = Imports(caller)
        self.exports = Exports(caller)
        self.keys = Keys(caller)
        self.review = Review(caller)
        self.inbound = Inbound(caller)
        self.events = Events(caller)
        self.webhooks = Webhooks(caller)
