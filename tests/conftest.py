pytest_plugins = ["tests.fleet.plugin"]
