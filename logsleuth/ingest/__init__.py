"""From sources to the store: reading, spilling, merging, and the ledger of it all."""
