"""What a station can be asked to do, in words and as sides."""

from ontakt.contract.spaces import Side

INSTRUCTIONS: dict[tuple[Side, ...], str] = {
    ("left", "right"): "Load both nuts.",
    ("left",): "Load the left nut only.",
    ("right",): "Load the right nut only.",
    (): "Wait.",
}
