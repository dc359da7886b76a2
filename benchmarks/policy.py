"""What an inference of the station's policy takes, as `ontakt policy bench` tells it.

    python -m benchmarks.policy

Prints times by stage beside those of the eager model and the device's own limits.
"""

from ontakt.cli.policy.bench import BenchCommand

if __name__ == "__main__":
    raise SystemExit(BenchCommand().run([]))
