"""The calls of each resource. Made from the OpenAPI document: scripts/clients writes it anew."""

from collections.abc import AsyncIterator
from typing import Literal, Unpack

from yesline_client import types
from yesline_client.async_callers import AsyncCaller, AsyncPages
from yesline_client.calls import File, at


class AsyncGroups:
    """``/v1/groups``."""

    def __init__(self, caller: AsyncCaller) -> None:
        self._caller = caller

    def list(self) -> AsyncPages[types.GroupItem]:
        """Groups in use. Scope `catalogue`."""
        return self._caller.pages("/v1/groups", {}, "items")


class AsyncSenders:
    """``/v1/senders``."""

    def __init__(self, caller: AsyncCaller) -> None:
        self._caller = caller

    def list(self) -> AsyncPages[types.SenderItem]:
        """What groups text from. Scope `catalogue`."""
        return self._caller.pages("/v1/senders", {}, "items")


class AsyncForms:
    """``/v1/forms``."""

    def __init__(self, caller: AsyncCaller) -> None:
        self._caller = caller

    def list(self) -> AsyncPages[types.FormItem]:
        """Forms in use. Scope `catalogue`."""
        return self._caller.pages("/v1/forms", {}, "items")

    def versions(self, form: str, /) -> AsyncPages[types.VersionItem]:
        """Every version of a form. Scope `catalogue`."""
        return self._caller.pages(at("/v1/forms/{}/versions", form), {}, "items")

    async def experiment(self, form: str, /, **query: Unpack[types.FormsExperimentQuery]) -> types.Experiment:
        """How variants of a form do. Scope `forms`."""
        answer: types.Experiment = await self._caller.read(at("/v1/forms/{}/experiment", form), query)
        return answer


class AsyncSubscribers:
    """``/v1/subscribers``."""

    def __init__(self, caller: AsyncCaller) -> None:
        self._caller = caller

    def list(self, **query: Unpack[types.SubscribersListQuery]) -> AsyncPages[types.Subscriber]:
        """Subscribers. Scope `subscribers`."""
        return self._caller.pages("/v1/subscribers", query, "items")

    async def get(self, id_: str, /) -> types.Subscriber:
        """One subscriber. Scope `subscribers`."""
        answer: types.Subscriber = await self._caller.read(at("/v1/subscribers/{}", id_), {})
        return answer

    def history(self, id_: str, /, **query: Unpack[types.SubscribersHistoryQuery]) -> AsyncPages[types.HistoryEvent]:
        """What the ledger tells of one. Scope `subscribers`."""
        return self._caller.pages(at("/v1/subscribers/{}/history", id_), query, "items")

    async def stop(
        self, id_: str, /, *, idempotency_key: str | None = None, **body: Unpack[types.EndBody]
    ) -> types.Ended:
        """Stop all texts to one. Scope `subscriptions`."""
        answer: types.Ended = await self._caller.write(at("/v1/subscribers/{}/stop", id_), {}, body, idempotency_key)
        return answer

    async def erase(
        self, id_: str, /, *, idempotency_key: str | None = None, **body: Unpack[types.EndBody]
    ) -> types.Ended:
        """Erase one. Scope `erase`."""
        answer: types.Ended = await self._caller.write(at("/v1/subscribers/{}/erase", id_), {}, body, idempotency_key)
        return answer


class AsyncSubscriptions:
    """``/v1/subscriptions``."""

    def __init__(self, caller: AsyncCaller) -> None:
        self._caller = caller

    async def set(
        self, *, idempotency_key: str | None = None, **body: Unpack[types.SubscriptionBody]
    ) -> types.SubscriptionState:
        """Set a state, or have the phone asked. Scope `subscriptions`."""
        answer: types.SubscriptionState = await self._caller.write("/v1/subscriptions", {}, body, idempotency_key)
        return answer


class AsyncSubmissions:
    """``/v1/submissions``."""

    def __init__(self, caller: AsyncCaller) -> None:
        self._caller = caller

    def list(self, **query: Unpack[types.SubmissionsListQuery]) -> AsyncPages[types.SubmissionItem]:
        """What forms have brought. Scope `messages`."""
        return self._caller.pages("/v1/submissions", query, "items")


class AsyncMessages:
    """``/v1/messages``."""

    def __init__(self, caller: AsyncCaller) -> None:
        self._caller = caller

    def list(self, **query: Unpack[types.MessagesListQuery]) -> AsyncPages[types.Message]:
        """Texts in and out. Scope `messages`."""
        return self._caller.pages("/v1/messages", query, "items")


class AsyncImports:
    """``/v1/imports``."""

    def __init__(self, caller: AsyncCaller) -> None:
        self._caller = caller

    def list(self, **query: Unpack[types.ImportsListQuery]) -> AsyncPages[types.ImportItem]:
        """Imports, newest first. Scope `imports`."""
        return self._caller.pages("/v1/imports", query, "items")

    async def create(
        self,
        file: File,
        /,
        *,
        content_type: Literal["text/csv", "application/x-ndjson", "application/ndjson"],
        idempotency_key: str | None = None,
        **query: Unpack[types.ImportsCreateQuery],
    ) -> types.ImportItem:
        """Take a file of people into a group. Scope `imports`."""
        answer: types.ImportItem = await self._caller.upload("/v1/imports", query, file, content_type, idempotency_key)
        return answer

    async def get(self, id_: str, /) -> types.ImportItem:
        """How far an import is. Scope `imports`."""
        answer: types.ImportItem = await self._caller.read(at("/v1/imports/{}", id_), {})
        return answer

    def refusals(self, id_: str, /, **query: Unpack[types.ImportsRefusalsQuery]) -> AsyncIterator[bytes]:
        """Rows that were not taken, as a file. Scope `imports`."""
        return self._caller.download(at("/v1/imports/{}/refusals", id_), query)

    async def cancel(self, id_: str, /, *, idempotency_key: str | None = None) -> types.ImportItem:
        """End an import where it is. Scope `imports`."""
        answer: types.ImportItem = await self._caller.write(at("/v1/imports/{}/cancel", id_), {}, None, idempotency_key)
        return answer


class AsyncExports:
    """``/v1/exports``."""

    def __init__(self, caller: AsyncCaller) -> None:
        self._caller = caller

    def subscribers(self, **query: Unpack[types.ExportsSubscribersQuery]) -> AsyncIterator[bytes]:
        """Who is in a group, as a file. Scope `exports`."""
        return self._caller.download("/v1/exports/subscribers", query)


class AsyncKeys:
    """``/v1/keys``."""

    def __init__(self, caller: AsyncCaller) -> None:
        self._caller = caller

    def list(self) -> AsyncPages[types.KeyItem]:
        """Keys, revoked ones too. Scope `keys`."""
        return self._caller.pages("/v1/keys", {}, "items")

    async def create(self, *, idempotency_key: str | None = None, **body: Unpack[types.KeyBody]) -> types.NewKey:
        """Make a key. Scope `keys`."""
        answer: types.NewKey = await self._caller.write("/v1/keys", {}, body, idempotency_key)
        return answer

    async def revoke(self, id_: str, /, *, idempotency_key: str | None = None) -> types.Ended:
        """End a key. Scope `keys`."""
        answer: types.Ended = await self._caller.write(at("/v1/keys/{}/revoke", id_), {}, None, idempotency_key)
        return answer


class AsyncReview:
    """``/v1/review``."""

    def __init__(self, caller: AsyncCaller) -> None:
        self._caller = caller

    def list(self) -> AsyncPages[types.ReviewItem]:
        """Texts that wait for a person. Scope `review`."""
        return self._caller.pages("/v1/review", {}, "items")

    async def stop(
        self, id_: str, /, *, idempotency_key: str | None = None, **body: Unpack[types.DecideBody]
    ) -> types.Decided:
        """It was a wish to stop. Scope `review`."""
        answer: types.Decided = await self._caller.write(at("/v1/review/{}/stop", id_), {}, body, idempotency_key)
        return answer

    async def dismiss(
        self, id_: str, /, *, idempotency_key: str | None = None, **body: Unpack[types.DecideBody]
    ) -> types.Decided:
        """It was none. Scope `review`."""
        answer: types.Decided = await self._caller.write(at("/v1/review/{}/dismiss", id_), {}, body, idempotency_key)
        return answer


class AsyncInbound:
    """``/v1/inbound``."""

    def __init__(self, caller: AsyncCaller) -> None:
        self._caller = caller

    async def explain(
        self, *, idempotency_key: str | None = None, **body: Unpack[types.ExplainBody]
    ) -> types.Explained:
        """What a text would do. Scope `inbound`."""
        answer: types.Explained = await self._caller.write("/v1/inbound/explain", {}, body, idempotency_key)
        return answer


class AsyncEvents:
    """``/v1/events``."""

    def __init__(self, caller: AsyncCaller) -> None:
        self._caller = caller

    def list(self, **query: Unpack[types.EventsListQuery]) -> AsyncPages[types.FeedEvent]:
        """What happened, in its order. Scope `events`."""
        return self._caller.pages("/v1/events", query, "events")


class AsyncWebhooks:
    """``/v1/webhooks``."""

    def __init__(self, caller: AsyncCaller) -> None:
        self._caller = caller

    def list(self) -> AsyncPages[types.Endpoint]:
        """Who is told of events. Scope `webhooks`."""
        return self._caller.pages("/v1/webhooks", {}, "items")

    async def create(
        self, *, idempotency_key: str | None = None, **body: Unpack[types.NewEndpoint]
    ) -> types.EndpointWithSecret:
        """Tell somebody of events. Scope `webhooks`."""
        answer: types.EndpointWithSecret = await self._caller.write("/v1/webhooks", {}, body, idempotency_key)
        return answer

    async def rotate(
        self, id_: str, /, *, idempotency_key: str | None = None, **body: Unpack[types.RotateBody]
    ) -> types.EndpointWithSecret:
        """A new secret for an endpoint. Scope `webhooks`."""
        answer: types.EndpointWithSecret = await self._caller.write(
            at("/v1/webhooks/{}/rotate", id_), {}, body, idempotency_key
        )
        return answer

    async def enable(self, id_: str, /, *, idempotency_key: str | None = None) -> types.Endpoint:
        """Tell an endpoint again. Scope `webhooks`."""
        answer: types.Endpoint = await self._caller.write(at("/v1/webhooks/{}/enable", id_), {}, None, idempotency_key)
        return answer

    async def disable(self, id_: str, /, *, idempotency_key: str | None = None) -> types.Endpoint:
        """Tell an endpoint no more. Scope `webhooks`."""
        answer: types.Endpoint = await self._caller.write(at("/v1/webhooks/{}/disable", id_), {}, None, idempotency_key)
        return answer

    def deliveries(self, id_: str, /) -> AsyncPages[types.Delivery]:
        """What went to an endpoint. Scope `webhooks`."""
        return self._caller.pages(at("/v1/webhooks/{}/deliveries", id_), {}, "items")

    async def replay(
        self, id_: str, /, *, idempotency_key: str | None = None, **body: Unpack[types.ReplayBody]
    ) -> types.Replayed:
        """Deliver events again. Scope `webhooks`."""
        answer: types.Replayed = await self._caller.write(at("/v1/webhooks/{}/replay", id_), {}, body, idempotency_key)
        return answer


class AsyncResources:
    """Everything under /v1."""

    def __init__(self, caller: AsyncCaller) -> None:
        self.groups = AsyncGroups(caller)
        self.senders = AsyncSenders(caller)
        self.forms = AsyncForms(caller)
        self.subscribers = AsyncSubscribers(caller)
        self.subscriptions = AsyncSubscriptions(caller)
        self.submissions = AsyncSubmissions(caller)
        self.messages = AsyncMessages(caller)
        self.imports = AsyncImports(caller)
        self.exports = AsyncExports(caller)
        self.keys = AsyncKeys(caller)
        self.review = AsyncReview(caller)
        self.inbound = AsyncInbound(caller)
        self.events = AsyncEvents(caller)
        self.webhooks = AsyncWebhooks(caller)
