"""A training's page: one file that needs nothing but itself."""

from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from ontakt.contract import RecordError
from ontakt.evidence.report.figures import ink
from ontakt.evidence.report.page import FILTERS
from ontakt.evidence.training.history import History, read_history
from ontakt.evidence.training.plot import plot

PAGE = "report.html"


def write_page(folder: Path) -> Path:
    """Write the page of the training in `folder`, as far as it got. The same files give the same
    bytes. Raises RecordError for what cannot be read or written."""
    page = folder / PAGE
    text = render(read_history(folder), folder.name)
    try:
        page.write_text(text, encoding="utf-8")
    except OSError as error:
        raise RecordError(f"{page}: cannot be written ({error.strerror}).") from error
    return page


def render(history: History, name: str) -> str:
    """The page as text."""
    environment = Environment(
        loader=PackageLoader("ontakt.evidence", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {f.__name__: f for f in FILTERS}
    return environment.get_template("training.html.j2").render(
        name=name,
        history=history,
        run=history.run,
        last=history.lines[-1] if history.lines else None,
        picture=plot(history),
        light=ink.LIGHT,
        dark=ink.DARK,
    )
