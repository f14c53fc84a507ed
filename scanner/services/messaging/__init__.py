"""Brokers and queues."""
