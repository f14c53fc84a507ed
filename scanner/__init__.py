"""Finds network services that answer without a password, proves it read-only, and says how to close them."""

__version__ = "0.1.0"
