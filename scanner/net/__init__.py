"""Every byte to a peer passes here: the scope and the allow-list are checked, bytes and time are capped."""
