"""Services that build, test and debug software."""
