"""Harmless stand-ins of services, for `exposure demo` and for tests: they answer as the product would, and do nothing.

Every module here may hold `STAND_INS`, a tuple of StandIn; scanner.standins.start.load finds them.
"""
