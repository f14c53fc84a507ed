"""One module per output format, each with a FORMAT; the module's name is the format's name."""
