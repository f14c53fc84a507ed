"""Container engines, registries and orchestrators."""
