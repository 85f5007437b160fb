"""A simulated campus with known truth, to measure the trace by."""
