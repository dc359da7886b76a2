"""What happens before a connection opens: health, metrics, keys, and whether there is room."""

from collections.abc import Callable
from http import HTTPStatus

from websockets.asyncio.server import ServerConnection
from websockets.http11 import Request, Response

from ontakt.runtime.api_key import KEY_SCHEME
from ontakt.runtime.server.api_keys import ApiKeys
from ontakt.runtime.server.connection import PolicyConnection
from ontakt.runtime.server.metrics import ServerMetrics


class Admission:
    """`process_request` of the server: a response ends it there, None lets the client in.

    `/healthz` is open to all and tells nothing but OK; everything else needs a key where there are
    keys. A key is taken from the `Authorization` header alone, never from the address.
    """

    def __init__(
        self, keys: ApiKeys | None, metrics: ServerMetrics, now_ms: Callable[[], int]
    ) -> None:
        self._keys, self._metrics, self._now_ms = keys, metrics, now_ms
        self.stopping = False
        """Set when the server goes: nobody is let in any more."""

    def __call__(self, connection: ServerConnection, request: Request) -> Response | None:
        """Decide about one request."""
        assert isinstance(connection, PolicyConnection)
        page = request.path.partition("?")[0]
        if self.stopping:
            return self._refuse(connection, "stopping", "the server is stopping")
        if page == "/healthz":
            return connection.respond(HTTPStatus.OK, "OK\n")
        if self._keys is not None:
            shown = request.headers.get_all("Authorization")
            holder = self._keys.admit(shown, request.path, self._now_ms())
            if holder is None:
                return self._refuse_key(connection)
            connection.holder = holder
        if page == "/metrics":
            return self._tell(connection, request)
        if request.headers.get_all("Origin"):
            # A page in somebody's browser reaches loopback too, and has no business here.
            self._metrics.refused.labels("browser").inc()
            return connection.respond(HTTPStatus.FORBIDDEN, "not for browsers\n")
        if connection.surplus:
            return self._refuse(connection, "connections", "busy: too many connections; try again")
        return None

    def _refuse(self, connection: ServerConnection, why: str, text: str) -> Response:
        self._metrics.refused.labels(why).inc()
        return connection.respond(HTTPStatus.SERVICE_UNAVAILABLE, f"{text}\n")

    def _refuse_key(self, connection: ServerConnection) -> Response:
        """The same for every reason: a guess must teach nothing."""
        self._metrics.refused.labels("key").inc()
        text = f"one valid Authorization header is needed: {KEY_SCHEME} KEY\n"
        response = connection.respond(HTTPStatus.UNAUTHORIZED, text)
        response.headers["WWW-Authenticate"] = KEY_SCHEME
        return response

    def _tell(self, connection: ServerConnection, request: Request) -> Response:
        kind, page = self._metrics.page(",".join(request.headers.get_all("Accept")))
        response = connection.respond(HTTPStatus.OK, page.decode())
        del response.headers["Content-Type"]
        response.headers["Content-Type"] = kind
        return response
