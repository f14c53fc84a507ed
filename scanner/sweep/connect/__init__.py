"""The connect engine: TCP connections and UDP questions through the sockets of any user."""
