"""What is generated is what the document says now, and what it cannot say is refused when it is generated."""

import copy
from typing import Any

import pytest

from clients.generator import __main__ as command
from clients.generator import as_python, as_typescript
from clients.generator.model import methods, types
from tests.clients.table import DOCUMENT

Json = dict[str, Any]


def test_the_committed_clients_are_what_the_document_says() -> None:
    assert command.main(check=True) == ""


def _with(path: str, verb: str, **changes: Any) -> Json:
    """The document with one operation more."""
    whole = copy.deepcopy(DOCUMENT)
    new = copy.deepcopy(whole["paths"]["/v1/keys"]["get"])
    whole["paths"].setdefault(path, {})[verb] = new | {"operationId": "new"} | changes
    return whole


def test_a_new_operation_makes_them_out_of_date(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = _with("/v1/parcels/{id}/lost-ones", "get")
    monkeypatch.setattr(command, "document", lambda _: whole)
    told = command.main(check=True)
    assert "python/yesline_client/async_resources.py" in told
    assert "typescript/src/resources.ts" in told
    assert "Run scripts/clients" in told


CSV = {"text/csv": {"schema": {"type": "string", "format": "binary"}}}


def test_files_go_and_come() -> None:
    whole = _with("/v1/parcels", "post", requestBody={"required": True, "content": CSV})
    whole["paths"]["/v1/parcels/{id}"] = {
        "get": _with("/x", "get", responses={"200": {"content": CSV}})["paths"]["/x"]["get"]
    }
    python = as_python.written(whole)["async_resources.py"]
    assert 'self, file: File, /, *, content_type: Literal["text/csv"], idempotency_key: str | None = None' in python
    assert "def get(self, id_: str, /) -> AsyncIterator[bytes]:" in python
    typescript = as_typescript.written(whole)["resources.ts"]
    assert 'create(file: Upload, contentType: "text/csv", options?: Once)' in typescript
    assert "get(id: string, options?: Options): Promise<Response>" in typescript


def test_two_calls_of_one_name_are_not_made() -> None:
    with pytest.raises(ValueError, match=r"must tell these apart: .*'subscribers', 'get'"):
        methods(_with("/v1/subscribers/{id}/{other}", "get"))


@pytest.mark.parametrize("verb", ["delete", "put"])
def test_verbs_that_the_clients_do_not_know_are_not_made(verb: str) -> None:
    with pytest.raises(ValueError, match=f"{verb} /v1/parcels"):
        methods(_with("/v1/parcels", verb))


def test_what_may_be_left_out_is_so_in_what_is_sent_and_told_in_what_is_answered() -> None:
    found = types(DOCUMENT)
    assert set(found["SubscriptionBody"]["required"]) == {"group", "state"}
    assert set(found["KeyItem"]["required"]) == set(found["KeyItem"]["properties"])
    assert "seq" in found["FeedEvent"]["properties"]
    assert "seq" not in found["Event"]["properties"]
