"""One module for each command; :mod:`logsleuth.cli.main` imports the one that is asked for."""
