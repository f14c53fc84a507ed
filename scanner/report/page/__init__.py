"""The parts of the HTML report, in the order in which a reader meets them."""
