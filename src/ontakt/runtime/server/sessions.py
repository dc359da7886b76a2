"""Sessions: what the server remembers of one robot, as long as somebody may come back for it."""

from ontakt.contract import Policy
from ontakt.runtime.server.limits import ServerLimits


class TooManySessions(Exception):
    """Every session that may be kept is in use; the text is for the client."""


class Session:
    """One robot's share of the brain. `policy` belongs to the worker, which makes it when it is
    first needed; everything else belongs to the event loop."""

    def __init__(self) -> None:
        self.policy: Policy | None = None
        self.users = 0
        """Connections that spoke for it last."""
        self.left_at = 0.0
        """When the last of them went."""


class Sessions:
    """The named sessions. A name belongs to whoever holds the key that it was first used with:
    under another key it is another session.

    At most `limits.sessions` are kept; one that no connection speaks for is forgotten after
    `limits.session_idle_s`, or earlier, the longest left first, when room is needed.
    """

    def __init__(self, limits: ServerLimits) -> None:
        self._limits = limits
        self._named: dict[tuple[str, str], Session] = {}

    def __len__(self) -> int:
        return len(self._named)

    def join(self, owner: str, name: str, now: float) -> Session:
        """The session that `owner` calls `name`, with one user more. Raises TooManySessions."""
        self.forget(now)
        key = (owner, name)
        found = self._named.get(key)
        if found is None:
            self._make_room()
            found = self._named[key] = Session()
        found.users += 1
        return found

    def leave(self, session: Session, now: float) -> None:
        """One user less; nothing to do for a session without a name."""
        session.users -= 1
        session.left_at = now

    def forget(self, now: float) -> None:
        """Drop the sessions for which nobody came back."""
        oldest = now - self._limits.session_idle_s
        gone = [k for k, s in self._named.items() if s.users <= 0 and s.left_at < oldest]
        for key in gone:
            del self._named[key]

    def _make_room(self) -> None:
        if len(self._named) < self._limits.sessions:
            return
        free = [key for key, session in self._named.items() if session.users <= 0]
        if not free:
            raise TooManySessions(f"busy: {len(self._named)} sessions are in use; try again")
        del self._named[min(free, key=lambda key: self._named[key].left_at)]
