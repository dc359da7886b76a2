"""What one client may ask of a policy server, so that no client can take it from the others."""

from msgspec import Struct

MIB = 1 << 20


class ServerLimits(Struct, frozen=True, kw_only=True):
    """Every bound of the server in one place; seconds and bytes."""

    batch: int = 8
    """Most requests that are thought about together, within what the brain can take."""
    queue: int = 64
    """Most requests that wait for their turn, of all sessions."""
    session_queue: int = 4
    """Most of them of one session: connections that share a session share its turns."""
    connections: int = 128
    """Open at once, those that are still shaking hands included."""
    sessions: int = 256
    """Named sessions that are remembered; more than connections, so that one can always be made."""
    session_idle_s: float = 600.0
    """How long a named session is remembered after its last connection has gone."""
    message: int = 64 * MIB
    """One message of a client."""
    memory: int = 512 * MIB
    """Bytes of all messages that are arriving or being worked on; past it the connection that
    holds most of them is cut."""
    backlog: int = MIB
    """Bytes that a client may leave unread; past it the connection is cut."""
    handshake_s: float = 10.0
    """From the first byte to an open connection."""
    write_s: float = 10.0
    """For a client to take an answer."""
    ping_s: float = 20.0
    """From one keepalive ping to the next, and how long its answer may take."""
    goodbye_s: float = 2.0
    """For a client to answer a closing handshake."""
    finish_s: float = 10.0
    """For requests under way when the server is told to stop."""
    errors_in_a_row: int = 100
    """Messages without any sense, one after the other, until the connection is closed."""
