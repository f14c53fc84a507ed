"""Codecs that several services share: bytes in, values out, no input or output."""
