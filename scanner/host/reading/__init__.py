"""Reads this machine into a Snapshot: /proc, files below a root, the engines' sockets. Changes nothing."""
