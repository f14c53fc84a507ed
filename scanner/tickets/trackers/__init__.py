"""One file per tracker; each holds a KIND."""
