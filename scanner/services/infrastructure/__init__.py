"""Services that machines and networks are run with."""
