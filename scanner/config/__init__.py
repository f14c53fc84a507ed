"""Configuration files of services: text and path in, settings with file and line out; pure."""
