"""Runs over time: what a stopped one needs to go on. The only room that knows the database."""
