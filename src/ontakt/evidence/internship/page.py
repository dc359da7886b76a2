"""An internship's page: one file that needs nothing but itself."""

from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from ontakt.contract import RecordError
from ontakt.evidence.internship.growth import Growth, read_growth
from ontakt.evidence.internship.plot import plot
from ontakt.evidence.internship.step_ins import step_in_growth, word
from ontakt.evidence.report.figures import ink
from ontakt.evidence.report.page import FILTERS

PAGE = "report.html"


def write_page(folder: Path) -> Path:
    """Write the page of the internship in `folder`, as far as it got. The same files give the same
    bytes. Raises RecordError for what cannot be read or written."""
    page = folder / PAGE
    text = render(read_growth(folder), folder.name)
    try:
        page.write_text(text, encoding="utf-8")
    except OSError as error:
        raise RecordError(f"{page}: cannot be written ({error.strerror}).") from error
    return page


def render(growth: Growth, name: str) -> str:
    """The page as text."""
    environment = Environment(
        loader=PackageLoader("ontakt.evidence", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {f.__name__: f for f in FILTERS}
    return environment.get_template("internship.html.j2").render(
        name=name,
        growth=growth,
        plan=growth.plan,
        picture=plot(growth.versions),
        step_ins=(fit := step_in_growth(growth.versions)),
        word=None if fit is None else word(fit),
        light=ink.LIGHT,
        dark=ink.DARK,
    )
