"""What the scripted chunk policy is told beside the `ExpertConfig` that it shares."""

from msgspec import Struct

from ontakt.contract.units import Metres, Seconds


class ChunkExpertConfig(Struct, frozen=True, kw_only=True):
    """`[chunk_expert]` of a station file, which may leave it out."""

    horizon: int = 30
    """Rows of every chunk [ticks]."""
    tamped_opening: Metres = 0.016
    """Opening of a hand that has pressed its nut home and leaves: the fingertips still stand on
    the nut's top in it, and it differs from `tamp_opening` by more than a millimetre."""
    stick: Seconds = 6.0
    """A nut that sticks on the pin is let go, to be tamped, once in so long."""
    search: Seconds = 9.0
    """Search for the bore, or pressing on a nut that does not go down, before the belief is that
    it is in vain."""
    blind: Seconds = 2.0
    """Without a sight of what is to be worked on before the belief is that there is none."""
