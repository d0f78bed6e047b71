"""What is connected to is an address, and yet the certificate must be the name's."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.post.hooks import Names
from yesline.post.guarded import Guarded

_ANSWER = b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of shop.example that signs itself, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "shop.example")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("shop.example")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("tls") / "shop.pem"
    kept = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(kept + made.public_bytes(serialization.Encoding.PEM))
    return file


@asynccontextmanager
async def _shop(certificate: Path) -> AsyncIterator[tuple[int, list[tuple[str | None, bytes]]]]:
    """A server of shop.example on this machine: its port, and the names it was asked by, in TLS and in the header Host."""
    asked: list[str | None] = []
    calls: list[tuple[str | None, bytes]] = []
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    context.sni_callback = lambda _socket, name, _context: asked.append(name)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        host = next(line for line in head.split(b"\r\n") if line.lower().startswith(b"host:"))
        calls.append((asked[-1], host.partition(b": ")[2]))
        writer.write(_ANSWER)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    async with server:
        yield server.sockets[0].getsockname()[1], calls


@pytest.mark.parametrize("host", ["shop.example", "other.example"])
def test_the_certificate_is_checked_for_the_name(run: Callable[[Any], Any], certificate: Path, host: str) -> None:
    async def story() -> None:
        inner = httpx2.AsyncHTTPTransport(verify=ssl.create_default_context(cafile=str(certificate)))
        guard = Guarded(inner, sandbox=True, find=Names(shop_example=[("127.0.0.1",)], other_example=[("127.0.0.1",)]))
        async with _shop(certificate) as (port, calls), httpx2.AsyncClient(transport=guard) as client:
            call = client.post(f"https://{host}:{port}/hooks", content=b"{}")
            if host == "shop.example":
                assert (await call).status_code == 204
                assert calls == [("shop.example", f"shop.example:{port}".encode())]
            else:
                with pytest.raises(httpx2.ConnectError, match="certificate"):
                    await call
                assert not calls

    run(story())
