"""How fast a polite run asks."""

POLITE_RATE = 3_000.0
"""Ceiling of a polite run, in attempts a second, all targets together."""
HOST_RATE = 1_000.0
"""Ceiling for a host of a polite run, and for every host that has not answered, unless a rate is named."""
