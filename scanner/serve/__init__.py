"""The page over a history: pages without a script, a JSON API, metrics, and who may see them."""
