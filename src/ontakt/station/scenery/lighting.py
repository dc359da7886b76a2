"""Light and picture quality of the people's model."""

import mujoco

LIGHTS = (
    # name, from, towards, strength by colour, highlight, casts a shadow
    ("key", (0.657, -0.361, 1.30), (0.50, -0.20, 0.95), (0.58, 0.57, 0.545), 0.35, True),
    ("over", (0.25, 0.22, 1.95), (0.35, 0.0, 0.95), (0.24, 0.245, 0.25), 0.15, False),
    ("fill", (2.4, 2.2, 1.9), (0.2, 0.0, 0.9), (0.13, 0.14, 0.155), 0.05, False),
    ("rim", (-3.0, 1.2, 3.0), (0.2, 0.0, 0.9), (0.15, 0.155, 0.17), 0.25, False),
)
"""Directional lights; `key` has the name by which the axis `lighting` turns it. It shines from
everywhere, but only what is below its place casts a shadow: the portal overhead does not."""

AMBIENT = (0.38, 0.385, 0.395)
HAZE = (0.80, 0.83, 0.86, 1.0)


def add_lights(spec: mujoco.MjSpec) -> None:
    """Put `LIGHTS` in the place of what lights `spec` has."""
    for light in list(spec.lights):
        spec.delete(light)
    for name, at, target, colour, highlight, shadow in LIGHTS:
        spec.worldbody.add_light(
            name=name,
            type=mujoco.mjtLightType.mjLIGHT_DIRECTIONAL,
            pos=at,
            dir=[b - a for a, b in zip(at, target, strict=True)],
            diffuse=colour,
            specular=[highlight] * 3,
            castshadow=shadow,
        )
    headlight = spec.visual.headlight
    headlight.ambient = AMBIENT
    headlight.diffuse, headlight.specular = [0.04] * 3, [0.0] * 3


def set_quality(spec: mujoco.MjSpec) -> None:
    """Depth range, shadows and sky. There is no fog: it whitens what the floor reflects."""
    visual = spec.visual
    # all of `visual.map` counts in extents: fixed, so that the hall does not stretch them
    spec.stat.extent, spec.stat.center = 1.0, [0.3, 0.0, 0.9]
    # the bias that keeps shadows off lit surfaces grows with the depth range: 40 m gives stripes,
    # 400 m rounds depths so that lit surfaces get spots
    visual.map.znear, visual.map.zfar = 0.02, 250.0
    visual.map.shadowclip = 1.45  # half the width [m] of what casts shadows
    visual.rgba.haze = HAZE
    visual.quality.shadowsize, visual.quality.offsamples = 4096, 4
    visual.quality.numquads = 24  # light is computed at corners
    visual.quality.numslices = visual.quality.numstacks = 32
    visual.global_.offwidth, visual.global_.offheight = 1920, 1080
    for texture in list(spec.textures):
        if texture.type == mujoco.mjtTexture.mjTEXTURE_SKYBOX:
            spec.delete(texture)
    spec.add_texture(
        name="scenery/sky",
        type=mujoco.mjtTexture.mjTEXTURE_SKYBOX,
        builtin=mujoco.mjtBuiltin.mjBUILTIN_GRADIENT,
        rgb1=[0.78, 0.80, 0.82],
        rgb2=[0.60, 0.63, 0.66],
        width=64,
        height=384,
    )
