"""Beyond one machine: a coordinator cuts a run into chunks, workers elsewhere do them, over NATS JetStream.

Every message comes from a machine that somebody may have taken over: it is bounded and checked field by field, a worker
goes by its own scope whatever it is told, and what a worker says is read like any report of a stranger.
"""
