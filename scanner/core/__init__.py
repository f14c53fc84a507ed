"""The words that every other room speaks: pure types, no input or output."""
