"""The policy server: the openpi protocol with turns, keys, bounds and counts."""

from ontakt.runtime.server.allocator import keep_freed_memory
from ontakt.runtime.server.api_keys import ApiKeys
from ontakt.runtime.server.limits import ServerLimits
from ontakt.runtime.server.listening import UnixListener, listen_tcp, url_of
from ontakt.runtime.server.one_by_one import OneByOne, brain_of
from ontakt.runtime.server.server import PolicyServer

__all__ = [
    "ApiKeys",
    "OneByOne",
    "PolicyServer",
    "ServerLimits",
    "UnixListener",
    "brain_of",
    "keep_freed_memory",
    "listen_tcp",
    "url_of",
]
