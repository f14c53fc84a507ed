"""The raw SYN sweep: packets made and read in batches, no state per attempt."""
