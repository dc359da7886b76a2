"""Before the line is booked: how long must a test be, and is it fair to a good robot?

Run it: python examples/plan_a_test.py
"""

from ontakt.evidence.booking import Asked, book
from ontakt.evidence.statistics.acceptance import further_cycles

asked = Asked(reliability=0.99, confidence=0.95, failures=3, takt_s=76.0, true=0.998)
booking = book(asked)
print(f"{booking.cycles} cycles, {booking.hours:.1f} h, {booking.whole_shifts} shifts to book")

for one in booking.alternatives:
    print(
        f"{one.failures} failures allowed: {one.cycles:5} cycles, {one.hours:4.1f} h; "
        f"a robot that is good 998 times in 1,000 fails with {one.producers_risk:.0%}"
    )

# What a run that is under way still lacks, if nothing fails from now on.
for good, worked in ((300, 300), (298, 300), (295, 300)):
    missing = further_cycles(good, worked, 0.99, 0.95)
    print(f"{good} of {worked} good: {missing} more cycles without a failure would show 99 %")
