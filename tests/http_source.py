"""A real HTTP server on loopback that answers as a test says."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread


@dataclass(frozen=True)
class Asked:
    """A request as it came."""

    method: str
    path: str
    headers: Message
    body: bytes


@dataclass
class Reply:
    """What the server answers. With ``cut``, only half of the body is sent before the connection is closed."""

    body: bytes = b"{}"
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    cut: bool = False


@dataclass
class HttpSource:
    """The running server: its URL, what it was asked, and what it answers to each request."""

    answer: Callable[[Asked], Reply]
    asked: list[Asked] = field(default_factory=list)
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def http_source(answer: Callable[[Asked], Reply]) -> Iterator[HttpSource]:
    """Run the server until the end of the block."""
    source = HttpSource(answer)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            asked = Asked(self.command, self.path, self.headers, body)
            source.asked.append(asked)
            reply = source.answer(asked)
            self.send_response_only(reply.status)
            for name, value in {
                "Date": self.date_time_string(),
                "Content-Length": str(len(reply.body)),
                **reply.headers,
            }.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(reply.body[: len(reply.body) // 2] if reply.cut else reply.body)
            self.close_connection = reply.cut

        do_POST = do_GET  # noqa: N815 # as the base class calls it

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        source.port = server.server_port
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield source
        finally:
            server.shutdown()
            thread.join()
