"""Pages taken apart: what is whole, what is broken, and where things stand."""

import pytest

from ontakt.evidence.verification.reading import read_page


@pytest.mark.parametrize(
    ("page", "why"),
    [
        ("<p>a</p>", None),
        ("<p>a<br>b</p><img src=x>", None),
        ("<svg><g><path d='M 0 0'/></g></svg>", None),
        ("<p>a", "<p> is never closed"),
        ("<p><b>a</p>", "</p> stands where <b> is open"),
        ("a</p>", "</p> stands where nothing is open"),
        ("<svg><g>", "<g> is never closed"),
        ("<script>1", "<script> is never closed"),
        ("", None),
    ],
)
def test_a_page_is_whole_or_it_is_said_why_not(page: str, why: str | None) -> None:
    assert read_page(page).broken == why


def test_words_attributes_and_tags_in_order() -> None:
    page = read_page('<h1>A  1</h1>\n<p class="x" title="y">b&nbsp;2</p>')
    assert [(piece.what, piece.value, piece.said) for piece in page.pieces] == [
        ("<h1>", "", False), ("text", "A 1", True), ("</h1>", "", False),
        ("<p>", "", False), ("p class", "x", False), ("p title", "y", True),
        ("text", "b 2", True), ("</p>", "", False),
    ]  # fmt: skip
    assert page.pieces[-2].place.section == "A 1"


def test_a_drawing_is_one_piece_with_an_inside() -> None:
    page = read_page('<svg aria-label="Bars: 3"><text>3</text></svg><p>after</p>')
    drawing = next(piece for piece in page.pieces if piece.what == "drawing")
    assert [piece.what for piece in drawing.inner] == ["<text>", "text", "</text>"]
    assert drawing.inner[1].place.text == 'plot "Bars"'
    assert page.pieces[-2].place.text == ""


def test_the_basis_is_the_script_of_that_name_and_is_not_text() -> None:
    page = read_page('<script>x</script><script id="basis">{"a":1}</script><script>y</script>')
    assert page.basis == '{"a":1}'
    assert not any(piece.said for piece in page.pieces)
    assert read_page("<p>{}</p>").basis is None


def test_rows_columns_and_tiles_are_named() -> None:
    page = read_page(
        "<h2>S</h2><table><caption>C</caption><thead><tr><th></th><th>Value</th></tr></thead>"
        "<tbody><tr><th>row <i>1</i></th><td>5</td></tr>"
        '<tr class="under"><th>interval</th><td>6</td></tr><tr><th>last</th><td>7</td></tr>'
        "</tbody></table><dl><div><dt>tile</dt><dd>8</dd></div></dl><p>9</p>"
    )
    places = {piece.value: piece.place.text for piece in page.pieces if piece.what == "text"}
    assert places["5"] == "C · row 1 · Value"
    assert places["6"] == "C · row 1 · interval · Value"
    assert places["7"] == "C · last · Value"
    assert places["8"] == "tile"
    assert places["9"] == ""
