"""Asks: which probes for which port, run with limits, with nothing that can escape."""
