"""What the scripted worker is told of its station: geometry, speeds and thresholds."""

from msgspec import Struct

from ontakt.contract.units import Metres, MetresPerSecond, MetresPerSecond2, Newtons, Seconds


class ExpertConfig(Struct, frozen=True, kw_only=True):
    """`[expert]` of a station file: geometry, speeds and thresholds."""

    grasp_height: Metres
    """TCP above the centre of the nut that it holds."""
    clear_height: Metres
    """TCP above a nut's place [m] at which an arm travels and at which it is clear."""
    nest: Metres
    """Standard deviation per axis with which the nest holds a nut at its nominal place."""
    pin_height: Metres
    """Pin's top above its seat."""
    approach_gap: Metres
    """Nut above the pin's top where insertion begins."""
    aside: tuple[Metres, Metres]
    """From a pin to where its rejected nuts are set down: x, and y away from the middle."""
    tamp_height: Metres
    """TCP above the centre of a seated nut when its fingertips stand on the nut's top."""
    tamp_opening: Metres
    """Opening in which the fingertips meet the nut's top and pass the pin; 0 for a hand that does
    not tamp, and takes its height at the release for the nut's."""
    open: Metres
    """Opening that passes over a nut."""
    held: tuple[Metres, Metres]
    """Least and greatest opening with a nut between the pads."""
    held_force: Newtons
    """Least force on a pad that counts as a grip."""
    speed: MetresPerSecond
    descend_speed: MetresPerSecond
    insert_speed: MetresPerSecond
    search_speed: MetresPerSecond
    acceleration: MetresPerSecond2
    opening_speed: MetresPerSecond
    settle: Seconds
    """From the gripper's last command to judging what it holds."""
    touch_lag: Metres
    """Tool above its target by more than this ..."""
    touch_force: Newtons
    """... and pushed up by more than this: something is in the way."""
    push_lead: Metres
    """Most by which the target leads the tool in contact; with the servo's stiffness, the push."""
    captured: Metres
    """Depth below the pin's top from which the pin guides the nut."""
    seated: Metres
    """Height above the seat that still counts as seated."""
    search_pitch: Metres
    search_radius: Metres
    nudges: int
    """Of a nut that sticks, before something else is tried."""
    nudge: Metres
    grasps: int
    """Most grasps of one nut."""
    insertions: int
    """Most insertions of one nut."""
    patience: int
    """Looks without a sight before it gives up."""
    horizon: int
    """Most ticks of a chunk."""
    contact_ticks: int
    """Ticks of a chunk in contact, the least of any."""
