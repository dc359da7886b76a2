"""What a server counts, in the format that Prometheus reads."""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import choose_encoder

from ontakt import __version__
from ontakt.contract import PolicySpec

_SECONDS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.15, 0.2, 0.3, 0.5, 1.0, 5.0)
"""Fine where an answer is early or late for a robot: a tick at 30 Hz has 0.033 s."""
_SIZES = (1, 2, 4, 8, 16, 32, 64)


class Inference(NamedTuple):
    """What the brain did at one time."""

    robots: int
    seconds: float


class ServerMetrics:
    """Counts of one server, in a registry of its own."""

    def __init__(self, spec: PolicySpec) -> None:
        self._registry = registry = CollectorRegistry()
        self.requests = Counter(
            "ontakt_requests", "Requests by what became of them", ["outcome"], registry=registry
        )
        self.refused = Counter(
            "ontakt_refused_connections", "Refused before they opened", ["why"], registry=registry
        )
        self.cut = Counter(
            "ontakt_cut_connections", "Cut by the server", ["why"], registry=registry
        )
        self._inference = Histogram(
            "ontakt_inference_seconds",
            "Time of one inference, of all robots that it was for",
            buckets=_SECONDS,
            registry=registry,
        )
        self._batch = Histogram(
            "ontakt_batch_size", "Robots in one inference", buckets=_SIZES, registry=registry
        )
        self._wait = Histogram(
            "ontakt_queue_wait_seconds",
            "From a request's arrival to its turn",
            buckets=_SECONDS,
            registry=registry,
        )
        self.received = Counter("ontakt_received_bytes", "Of clients' messages", registry=registry)
        self.sent = Counter("ontakt_sent_bytes", "Of the server's messages", registry=registry)
        build = Gauge(
            "ontakt_build_info",
            "What is served, by which version",
            ["version", "policy", "policy_hash"],
            registry=registry,
        )
        build.labels(__version__, spec.name, spec.hash).set(1)

    def watch(self, name: str, what: str, value: Callable[[], float]) -> None:
        """Read `value` whenever somebody asks."""
        Gauge(f"ontakt_{name}", what, registry=self._registry).set_function(value)

    def thought(self, waits: Iterable[float], inferences: Iterable[Inference]) -> None:
        """How long turns waited [s], and the inferences that ended them."""
        for seconds in waits:
            self._wait.observe(seconds)
        for inference in inferences:
            self._inference.observe(inference.seconds)
            self._batch.observe(inference.robots)

    def page(self, accept: str) -> tuple[str, bytes]:
        """Content type and text for a reader that accepts `accept`."""
        encode, kind = choose_encoder(accept)
        return kind, encode(self._registry)
