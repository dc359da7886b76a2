"""Materials of the people's model, with textures that are painted here and not loaded.

MuJoCo shades without gamma and per vertex: colours below are display values, large flat things
carry little specular light, and what must look lit (screens, windows, lamps) is emissive.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import mujoco
import numpy as np

from ontakt.station.scenery.floor import floor
from ontakt.station.scenery.painting import (
    Picture,
    andon,
    danger,
    hazard,
    screen,
    sign,
    toolboard,
    wall,
)

Colour = tuple[float, float, float]


@dataclass(frozen=True)
class Material:
    """How a surface answers light; `paint` makes its texture, mapped once over the geom."""

    colour: Colour = (1.0, 1.0, 1.0)
    alpha: float = 1.0
    specular: float = 0.1
    shininess: float = 0.3
    emission: float = 0.0
    reflectance: float = 0.0
    paint: Callable[[], Picture] | None = None


STACK: Mapping[str, Colour] = MappingProxyType(
    {
        "blue": (0.20, 0.50, 1.0),
        "green": (0.15, 0.85, 0.35),
        "yellow": (1.0, 0.75, 0.10),
        "red": (1.0, 0.16, 0.10),
    }
)
"""Colours of the stack light's segments, from the lowest up."""


def stack_material(name: str, lit: bool) -> Material:
    """One segment of the stack light."""
    red, green, blue = STACK[name]
    if lit:
        return Material((red, green, blue), emission=0.9, specular=0.3)
    return Material((0.4 * red, 0.4 * green, 0.4 * blue), specular=0.3)


MATERIALS: Mapping[str, Material] = MappingProxyType(
    {
        # metals
        "cast aluminium": Material((0.60, 0.615, 0.63), specular=0.35, shininess=0.35),
        "machined aluminium": Material((0.62, 0.63, 0.645), specular=0.5, shininess=0.6),
        "profile": Material((0.66, 0.675, 0.69), specular=0.35, shininess=0.5),
        "steel": Material((0.56, 0.57, 0.585), specular=0.8, shininess=0.7),
        "dark steel": Material((0.24, 0.25, 0.265), specular=0.5, shininess=0.5),
        "zinc": Material((0.80, 0.71, 0.44), specular=0.7, shininess=0.6),
        "body steel": Material((0.60, 0.63, 0.66), specular=0.3, shininess=0.4),
        # paints and plastics
        "anthracite": Material((0.16, 0.17, 0.185), specular=0.2),
        "graphite": Material((0.27, 0.285, 0.305), specular=0.2),
        "black": Material((0.07, 0.07, 0.075), specular=0.25, shininess=0.4),
        "light grey": Material((0.74, 0.755, 0.77), specular=0.1),
        "machine blue": Material((0.11, 0.27, 0.50), specular=0.25),
        "box blue": Material((0.14, 0.33, 0.62), specular=0.15),
        "box grey": Material((0.47, 0.49, 0.51), specular=0.1),
        "safety yellow": Material((0.93, 0.72, 0.08), specular=0.2),
        "robot orange": Material((0.90, 0.40, 0.08), specular=0.3, shininess=0.5),
        "signal red": Material((0.75, 0.10, 0.08), specular=0.3),
        "sheet grey": Material((0.36, 0.385, 0.41), specular=0.1),
        "pad": Material((0.20, 0.62, 0.36), specular=0.1),
        "rubber": Material((0.10, 0.105, 0.11), specular=0.05),
        "cable orange": Material((0.92, 0.45, 0.06), specular=0.1),
        "column grey": Material((0.55, 0.575, 0.60), specular=0.05),
        # the robot
        "robot white": Material((0.76, 0.77, 0.78), specular=0.35, shininess=0.5),
        "robot dark": Material((0.13, 0.135, 0.145), specular=0.4, shininess=0.5),
        # light
        "lamp": Material((1.0, 0.99, 0.96), emission=0.95, specular=0.0),
        "strip blue": Material((0.25, 0.65, 1.0), emission=0.9, specular=0.0),
        "strip green": Material((0.25, 0.9, 0.45), emission=0.8, specular=0.0),
        # pictures
        "sign": Material((0.92, 0.92, 0.92), paint=sign, emission=0.22, specular=0.0),
        "screen": Material(paint=screen, emission=0.85, specular=0.0),
        "andon": Material(paint=andon, emission=0.8, specular=0.0),
        "danger": Material(paint=danger, emission=0.1, specular=0.0),
        "hazard": Material(paint=hazard, specular=0.1),
        "toolboard": Material(paint=toolboard, specular=0.05),
        "wall": Material(paint=wall, emission=0.35, specular=0.0),
        "floor": Material(paint=floor, specular=0.1, shininess=0.6, reflectance=0.06),
        **{f"stack {name}": stack_material(name, name == "green") for name in STACK},
    }
)
"""Every material of the people's model by name."""


def named(material: str) -> str:
    """The name that one of our materials has in a spec, where robots bring theirs, too."""
    return f"scenery/{material}"


def add_material(spec: mujoco.MjSpec, name: str, material: Material) -> None:
    """Adds `material`, and its texture if it has one, to `spec`; its colour tints the texture."""
    name = named(name)
    added = spec.add_material(
        name=name,
        rgba=[*material.colour, material.alpha],
        specular=material.specular,
        shininess=material.shininess,
        emission=material.emission,
        reflectance=material.reflectance,
    )
    if material.paint is None:
        return
    pixels = np.asarray(material.paint().convert("RGB"))
    texture = spec.add_texture(
        name=name,
        type=mujoco.mjtTexture.mjTEXTURE_2D,
        width=pixels.shape[1],
        height=pixels.shape[0],
        nchannel=3,
    )
    texture.data = pixels.tobytes()
    added.textures[mujoco.mjtTextureRole.mjTEXROLE_RGB] = name
