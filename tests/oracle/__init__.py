"""An independent engine: DuckDB over the same raw files, asked the same questions."""
