"""Reads Compose files as Compose does: several files, include, extends, merges, variables, `.env` (compose-spec)."""
