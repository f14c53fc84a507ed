"""Services that hand out files."""
