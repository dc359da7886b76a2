"""The people's model of a station: what it looks like in a plant, over unchanged physics."""

from ontakt.station.scenery.scene import CAMERAS, decorate, set_stack_light

__all__ = ["CAMERAS", "decorate", "set_stack_light"]
