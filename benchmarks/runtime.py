"""What the runtime costs on a control tick, as `ontakt bench runtime` tells it.

    python -m benchmarks.runtime

Prints microseconds of the processor by strategy and their ratio to the bare loop, which observes
and applies and does nothing else. A tick at 30 Hz has 33 333 microseconds.
"""

from ontakt.cli.bench.runtime import RuntimeBenchCommand

if __name__ == "__main__":
    raise SystemExit(RuntimeBenchCommand(only="strategies").run([]))
