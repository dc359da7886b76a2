"""A page from its template: words, colours, navigation and whatever the page itself knows."""

from collections.abc import Mapping
from datetime import tzinfo
from functools import cache
from urllib.parse import quote, urlencode

from fastapi import Request
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.responses import HTMLResponse

from ontakt import __version__
from ontakt.board.access import session_of, set_cookie
from ontakt.board.brief import clock
from ontakt.board.language import Words, choose, languages
from ontakt.board.telling import Fields, span

THEMES = ("auto", "light", "dark")
LANG, THEME = "ontakt_lang", "ontakt_theme"
_YEAR_S = 365 * 86_400.0


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("ontakt.board", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"span": span, "segment": segment}
    return environment


def segment(text: object) -> str:
    """A name from a record as one part of an address."""
    return quote(str(text), safe="")


class Places:
    """What a template asks of the fields of a wall: the text of a place, and its marks."""

    def __init__(self, fields: Fields) -> None:
        self._fields = fields
        self._marks: dict[str, list[tuple[str, str]]] = {}
        for key, value in fields.items():
            name, at, attribute = key.partition("@")
            if at and value is not None:
                self._marks.setdefault(name, []).append((attribute, value))

    def text(self, name: str) -> str:
        """What stands there; nothing where nothing is known yet."""
        return self._fields.get(name) or ""

    def at(self, name: str) -> Markup:
        """The attributes of the element that is that place."""
        marks = [("data-f", name), *self._marks.get(name, [])]
        return Markup(" ").join(Markup('{}="{}"').format(k, escape(v)) for k, v in marks)


def words_of(request: Request) -> Words:
    """The language that was asked for, chosen once, or preferred by the browser."""
    return choose(
        request.query_params.get("lang"),
        request.cookies.get(LANG),
        request.headers.get("accept-language"),
    )


def theme_of(request: Request) -> str:
    """The colours that were asked for or chosen once."""
    for wish in (request.query_params.get("theme"), request.cookies.get(THEME)):
        if wish in THEMES:
            return str(wish)
    return "auto"


def stream_address(words: Words, **query: str) -> str:
    """Where the page's events come from."""
    return f"/events?{urlencode({**query, 'lang': words.code})}"


def show(
    request: Request,
    template: str,
    context: Mapping[str, object],
    status: int = 200,
    zone: tzinfo | None = None,
) -> HTMLResponse:
    """The page. A language or colours that were asked for are kept in a cookie."""
    words, theme = words_of(request), theme_of(request)
    session = session_of(request)

    def wish(**change: str) -> str:
        kept = {k: v for k, v in request.query_params.items() if k not in ("lang", "theme", "next")}
        return f"?{urlencode({**kept, **change})}"

    def when(utc_ns: int) -> str:
        return clock(utc_ns, zone, date=True)

    text = (
        _environment()
        .get_template(template)
        .render(
            w=words,
            theme=theme,
            themes=THEMES,
            languages=languages(),
            wish=wish,
            when=when,
            session=session,
            version=__version__,
            Places=Places,
            **context,
        )
    )
    response = HTMLResponse(text, status)
    if request.query_params.get("lang") in languages():
        set_cookie(response, request, LANG, words.code, _YEAR_S)
    if request.query_params.get("theme") in THEMES:
        set_cookie(response, request, THEME, theme, _YEAR_S)
    return response
