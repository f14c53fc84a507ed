from tests.sweep.conftest import listeners, network

__all__ = ["listeners", "network"]
