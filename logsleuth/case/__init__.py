"""Cases: copies of evidence, notes, findings, and the log of what was done."""
