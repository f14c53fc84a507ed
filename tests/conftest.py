from hypothesis import settings

pytest_plugins = ["tests.fleet.plugin"]

# Whether an example is right is tested, never how long a busy machine takes for it.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")
