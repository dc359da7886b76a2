"""PackML states (ANSI/ISA-TR88.00.02), with the numbers of the technical report."""

from enum import IntEnum


class State(IntEnum):
    """The 17 states. Held has an own cause (the robot needs help); Suspended has a cause outside
    (starved or blocked); Aborted is safety."""

    CLEARING = 1
    STOPPED = 2
    STARTING = 3
    IDLE = 4
    SUSPENDED = 5
    EXECUTE = 6
    STOPPING = 7
    ABORTING = 8
    ABORTED = 9
    HOLDING = 10
    HELD = 11
    UNHOLDING = 12
    SUSPENDING = 13
    UNSUSPENDING = 14
    RESETTING = 15
    COMPLETING = 16
    COMPLETE = 17
