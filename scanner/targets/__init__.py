"""What the user typed, turned into addresses and ports that may be touched, in an order that spreads the load."""
