"""This machine from the inside: who listens, who owns it, and signs that somebody has been in. Reads, never changes."""
