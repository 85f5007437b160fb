"""What comes from outside: files, and later DAP and Canvas, as records."""
