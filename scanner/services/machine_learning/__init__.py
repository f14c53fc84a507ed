"""Services that train and serve models."""
