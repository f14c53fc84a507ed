"""The catalogue: one file per service, in folders by category; scanner.probes.registry walks it."""
