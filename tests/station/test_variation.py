"""Axes are bounded, seeded and independent; words become settings or one clear line."""

import math
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from ontakt.contract.config import ConfigFile
from ontakt.contract.errors import BadValue, SetupError, UnknownName
from ontakt.station.axes import CLUTTER_KINDS, CLUTTER_MOST
from ontakt.station.registry import find_station
from ontakt.station.variation import AXES, Setting, Variation, parse_variation, read_levels

SEEDS = st.integers(0, 2**63 - 1)
CYCLES = st.integers(0, 10**6)


@st.composite
def variations(draw: st.DrawFn) -> Variation:
    settings = {}
    for name, axis in AXES.items():
        numbers: st.SearchStrategy[float] = st.floats(axis.low, axis.high)
        if axis.dimension == "count":
            numbers = st.integers(int(axis.low), int(axis.high)).map(float)
        low, high = sorted((draw(numbers), draw(numbers)))
        settings[name] = axis.setting(low, high)
    return Variation(settings, "drawn")


def levels() -> dict[str, Variation]:
    calm = {name: axis.default for name, axis in AXES.items()}
    rough = {name: Setting(axis.low, axis.high) for name, axis in AXES.items()}
    return {"nominal": Variation(calm, "nominal"), "harsh": Variation(rough, "harsh")}


@given(variations(), SEEDS, CYCLES)
def test_draws_lie_within_their_settings(variation: Variation, seed: int, cycle: int) -> None:
    drawn = variation.draw(seed, cycle)
    for name, setting in variation.settings.items():
        assert setting.low <= drawn[name] <= setting.high
    assert all(math.isfinite(value) for value in drawn.values())
    assert drawn["clutter"] == int(drawn["clutter"])


@given(variations(), SEEDS, CYCLES, st.sampled_from(sorted(AXES)))
def test_an_axis_never_changes_what_another_draws(
    variation: Variation, seed: int, cycle: int, name: str
) -> None:
    other = Variation({**variation.settings, name: AXES[name].default}, "other")

    def rest(drawn: Mapping[str, float]) -> dict[str, float]:
        return {key: value for key, value in drawn.items() if key.split(".")[0] != name}

    assert rest(variation.draw(seed, cycle)) == rest(other.draw(seed, cycle))


@given(variations(), SEEDS, CYCLES)
def test_the_same_seed_and_cycle_draw_the_same(variation: Variation, seed: int, cycle: int) -> None:
    assert variation.draw(seed, cycle) == variation.draw(seed, cycle)


def test_another_seed_or_cycle_draws_another_value() -> None:
    harsh = levels()["harsh"]
    drawn = [harsh.draw(seed, cycle)["misalignment"] for seed in (1, 2) for cycle in (0, 1)]
    assert len(set(drawn)) == 4


def test_values_of_two_axes_are_not_one_chance() -> None:
    harsh = levels()["harsh"]
    pairs = [(d["wear"], d["lighting"]) for d in (harsh.draw(3, cycle) for cycle in range(400))]
    mean = [sum(values) / 400 for values in zip(*pairs, strict=True)]
    covariance = sum((a - mean[0]) * (b - mean[1]) for a, b in pairs) / 400
    assert abs(covariance * 12) < 0.15  # 3 standard errors of the correlation of uniforms


@given(variations(), SEEDS, CYCLES)
def test_both_sides_are_off_by_the_misalignment(
    variation: Variation, seed: int, cycle: int
) -> None:
    drawn = variation.draw(seed, cycle)
    for side in ("left", "right"):
        offset = math.hypot(drawn[f"misalignment.{side}.x"], drawn[f"misalignment.{side}.y"])
        tilt = math.hypot(
            drawn[f"misalignment.{side}.tilt_x"], drawn[f"misalignment.{side}.tilt_y"]
        )
        assert offset == pytest.approx(drawn["misalignment"])
        assert tilt <= drawn["misalignment"] / 0.1 + 1e-12


def test_the_sides_sit_wrong_together_more_than_apart() -> None:
    harsh = levels()["harsh"]
    cosines = []
    for cycle in range(300):
        d = harsh.draw(5, cycle)
        left = complex(d["misalignment.left.x"], d["misalignment.left.y"])
        right = complex(d["misalignment.right.x"], d["misalignment.right.y"])
        cosines.append((left * right.conjugate()).real / abs(left) / abs(right))
    assert 0.5 < sum(cosines) / 300 < 0.95


@given(SEEDS, CYCLES, st.integers(0, CLUTTER_MOST - 1))
def test_more_clutter_keeps_what_lay_there(seed: int, cycle: int, count: int) -> None:
    few = parse_variation([f"clutter={count}"], levels()).draw(seed, cycle)
    more = parse_variation([f"clutter={count + 1}"], levels()).draw(seed, cycle)
    lying = {key: value for key, value in few.items() if key.startswith("clutter.")}
    assert len(lying) == 4 * count
    assert lying.items() <= more.items()
    assert all(0 <= more[f"clutter.{n}.kind"] < len(CLUTTER_KINDS) for n in range(count + 1))


@given(st.floats(0.0, 1.0), st.floats(0.0, 1.0), SEEDS)
def test_more_wear_takes_more(one: float, other: float, seed: int) -> None:
    less, more = (
        parse_variation([f"wear={value}"], levels()).draw(seed, 0) for value in sorted((one, other))
    )
    assert 0.0 < more["wear.grip"] <= less["wear.grip"] <= 1.0
    assert 0.0 < more["wear.friction"] <= less["wear.friction"] <= 1.0
    assert more["wear.joint_friction"] >= less["wear.joint_friction"] >= 0.0
    assert more["wear.backlash"] >= less["wear.backlash"] >= 0.0


def test_a_calm_cycle_disturbs_nothing() -> None:
    drawn = levels()["nominal"].draw(7, 3)
    assert drawn.pop("tolerance") == 0.0007
    ones = {"wear.grip", "wear.friction"} | {
        f"lighting.{part}" for part in ("level", "red", "green", "blue")
    }
    assert {key for key, value in drawn.items() if value == 1.0} == ones
    assert all(value == 0.0 for key, value in drawn.items() if key not in ones)


@pytest.mark.parametrize(
    ("word", "axis", "low", "high"),
    [
        ("misalignment=2mm", "misalignment", 0.002, 0.002),
        ("misalignment=1..2.5mm", "misalignment", 0.001, 0.0025),
        ("misalignment = 100 um .. 1 mm", "misalignment", 0.0001, 0.001),
        ("tolerance=0.4 mm", "tolerance", 0.0004, 0.0004),
        ("magnet=0..5N", "magnet", 0.0, 5.0),
        ("clutter=3", "clutter", 3.0, 3.0),
        ("clutter=0..8", "clutter", 0.0, 8.0),
        ("wear=0.4", "wear", 0.4, 0.4),
        ("wear=40%", "wear", 0.4, 0.4),
        ("lighting=.2...6", "lighting", 0.2, 0.6),
    ],
)
def test_words_set_axes(word: str, axis: str, low: float, high: float) -> None:
    setting = parse_variation([word], levels()).settings[axis]
    assert (setting.low, setting.high) == pytest.approx((low, high))


def test_later_words_override() -> None:
    harsh = levels()["harsh"].settings
    assert parse_variation(["wear=0.1", "harsh"], levels()).settings == harsh
    both = parse_variation(["harsh", "wear=0.1", "wear=0.2"], levels())
    assert both.settings == {**harsh, "wear": Setting(0.2, 0.2)}
    assert both.level == "harsh with wear changed"
    assert parse_variation([], levels()) == levels()["nominal"]


@given(variations())
def test_the_text_of_a_record_is_read_back(variation: Variation) -> None:
    texts = variation.describe()
    assert texts.pop("level") == "drawn"
    again = parse_variation([f"{name}={text}" for name, text in texts.items()], levels())
    for name, setting in variation.settings.items():
        assert again.settings[name].low == pytest.approx(setting.low, rel=1e-5, abs=1e-12)
        assert again.settings[name].high == pytest.approx(setting.high, rel=1e-5, abs=1e-12)


def test_what_a_record_says() -> None:
    assert parse_variation(["misalignment=0..2mm", "magnet=5N"], levels()).describe() == {
        "level": "nominal with misalignment, magnet changed",
        "misalignment": "0 mm..2 mm",
        "tolerance": "0.7 mm",
        "lighting": "0",
        "clutter": "0",
        "wear": "0",
        "magnet": "5 N",
    }


@pytest.mark.parametrize(
    ("word", "error", "message"),
    [
        (
            "hars",
            UnknownName,
            "Unknown variation 'hars'. Did you mean 'harsh'? Available: clutter=VALUE, harsh, "
            "lighting=VALUE, magnet=VALUE, misalignment=VALUE, nominal, tolerance=VALUE, "
            "wear=VALUE.",
        ),
        (
            "clutte=2",
            UnknownName,
            "Unknown variation axis 'clutte'. Did you mean 'clutter'? Available: clutter, "
            "lighting, magnet, misalignment, tolerance, wear.",
        ),
        (
            "misalignment=40mm",
            BadValue,
            "misalignment is '40 mm'; it lies between 0 mm and 10 mm.",
        ),
        ("tolerance=0..1mm", BadValue, "tolerance is '0 mm'; it lies between 0.02 mm and 1.5 mm."),
        (
            "misalignment=2",
            BadValue,
            "misalignment is '2'; a length is a number with one of: m, cm, mm, um.",
        ),
        ("wear=1.1", BadValue, "wear is '1.1'; it lies between 0 and 1."),
        ("clutter=2.5", BadValue, "clutter is '2.5'; it counts things: a whole number."),
        ("clutter=few", BadValue, "clutter is 'few'; it counts things: a whole number."),
        ("magnet=5..2N", BadValue, "magnet is '5 N..2 N'; a range is LOW..HIGH."),
        ("magnet=nan N", BadValue, "magnet is 'nan N'; a force is a number with one of: N."),
    ],
)
def test_errors_name_the_thing(word: str, error: type[Exception], message: str) -> None:
    with pytest.raises(error) as caught:
        parse_variation([word], levels())
    assert str(caught.value) == message


def test_levels_are_read_from_a_station_file(tmp_path: Path) -> None:
    path = tmp_path / "station.toml"
    path.write_text(
        "[variation.nominal]\n"
        "[variation.plant]\n"
        'misalignment = ["0 mm", "2 mm"]\n'
        "clutter = [0, 3]\n"
        "wear = [0.0, 0.4]\n"
    )
    found = read_levels(ConfigFile(path))
    assert list(found) == ["nominal", "plant"]
    assert found["nominal"] == levels()["nominal"]
    assert found["plant"].level == "plant"
    assert found["plant"].settings == {
        **levels()["nominal"].settings,
        "misalignment": Setting(0.0, 0.002),
        "clutter": Setting(0.0, 3.0),
        "wear": Setting(0.0, 0.4),
    }


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("magnets = [0, 1]", ":2: unknown key 'magnets' in [variation.plant]"),
        ('magnet = ["0 N", "1 mm"]', ":2: magnet is '1 mm'; a force is a number with one of: N."),
        ('magnet = ["0 N", "90 N"]', ": [variation.plant] magnet is '90 N'; it lies between 0 N"),
        ("wear = [0.1]", ":2: in [variation.plant], "),
    ],
)
def test_a_wrong_level_says_where(tmp_path: Path, line: str, message: str) -> None:
    path = tmp_path / "station.toml"
    path.write_text(f"[variation.plant]\n{line}\n")
    with pytest.raises(SetupError) as caught:
        read_levels(ConfigFile(path))
    assert f"{path}{message}" in str(caught.value)


def test_the_documented_levels_are_the_shipped_ones() -> None:
    page = Path(__file__).parents[2] / "docs" / "variation.md"
    rows = [line.strip("| ").split(" | ") for line in page.read_text().splitlines()]
    table = {row[0]: row[1:] for row in rows if row[0] in AXES and len(row) == 4}
    shipped = find_station("nut-loading").levels
    assert list(shipped) == ["nominal", "plant", "harsh"]
    for name, axis in AXES.items():
        texts = []
        for level in shipped.values():
            low, high = (axis.text(v) for v in structs.astuple(level.settings[name]))
            texts.append(
                high if low == high else f"{low.removesuffix(axis.unit).strip()} to {high}"
            )
        assert table[name] == texts
