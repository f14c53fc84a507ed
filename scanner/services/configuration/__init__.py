"""Configuration, service discovery and the mesh."""
