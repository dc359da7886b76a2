"""What others published about the same job, to set beside a shift; never more than they said."""

from msgspec import Struct


class Source(Struct, frozen=True):
    """Where a figure was published."""

    title: str
    url: str


class Published(Struct, frozen=True, kw_only=True):
    """One public claim about a deployment, as it was made."""

    who: str
    when: str
    what: str
    takt_s: float
    hours: float
    both: float
    left: float
    right: float
    undisclosed: tuple[str, ...]
    sources: tuple[Source, ...]


XIAOMI = Published(
    who="Xiaomi, electric-vehicle plant, Beijing",
    when="March 2026",
    what="Two-sided loading of self-tapping nuts onto a die-cast rear floor, by a humanoid that is "
    "driven by a vision-language-action model",
    takt_s=76.0,
    hours=3.0,
    both=0.902,
    left=0.917,
    right=0.967,
    undisclosed=("units processed", "step-ins", "uptime", "failure counts", "intervals"),
    sources=(
        Source(
            "Humanoids Daily",
            "https://www.humanoidsdaily.com/news/"
            "xiaomi-reports-90-2-success-rate-in-humanoid-internship-at-beijing-ev-factory",
        ),
        Source("HK01, Lei Jun on the trial", "https://www.hk01.com/%E5%8D%B3%E6%99%82%E4%B8%AD%E5%9C%8B/60326610/"),
        Source(
            "Morning Overview, on what was not disclosed",
            "https://morningoverview.com/"
            "tesla-rival-xiaomi-rolls-out-humanoid-robot-to-run-ev-line-for-3-hours-straight",
        ),
    ),
)  # fmt: skip
"""https://www.humanoidsdaily.com and the maker's own statements, 2 March 2026."""


class Bar(Struct, frozen=True):
    """A height that somebody named for such stations."""

    text: str
    source: Source


BARS: tuple[Bar, ...] = (
    Bar(
        "More than 99 % of cycles right in every shift and no intervention: targets that Figure "
        "set itself at BMW Spartanburg. Achieved values were not published.",
        Source("Figure, November 2025", "https://www.figure.ai/news/production-at-bmw"),
    ),
    Bar(
        "At least 99.5 % is what automotive assembly is said to ask for.",
        Source("Reportify", "https://reportify.ai/social-media/780179256228463"),
    ),
    Bar(
        "More than 99 % and a mean time between failures above 10\N{NARROW NO-BREAK SPACE}000 h by "
        "2027: Lei Jun's proposal.",
        Source("etnet", "https://www.etnet.com.hk/www/tc/forex/news-article/20260304754"),
    ),
    Bar(
        "Conventional robot cells in over 400 factories: 88 % mean reliability of the cell, 87 min "
        "mean time to a stop.",
        Source(
            "Robotics Business Review",
            "http://www.roboticsbusinessreview.com/ai/"
            "the-fake-news-about-robots-and-their-reliability/",
        ),
    ),
)
