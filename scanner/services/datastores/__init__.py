"""Databases, caches and object stores."""
