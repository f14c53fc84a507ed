"""How an outage of the network is told, whichever engine was sweeping."""

PAUSED_WORDS = "the network stopped answering or refused all for a while; what it hid then was asked again"
LOST_WORDS = "hosts that had answered fell silent for good; is the network up, or were we blocked?"
TURNED_WORDS = "ports that had been open refused us for good; are they gone, or were we blocked?"
SILENCED_WORDS = "silent, and so was all that had answered before"
REFUSED_WORDS = "refused, and so did ports that had been open"
ALWAYS_SILENCED_WORDS = "the network fell silent each time that it was asked"
