"""Which ports answer: engines behind one interface."""
