"""Gates: what a station must show before it may be scheduled, registered before it is tried."""
