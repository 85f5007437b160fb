"""``python -m logsleuth``, and the console script."""

from logsleuth.cli.main import cli


def main() -> None:
    """Run the command line; ends the process with its exit code."""
    cli()


if __name__ == "__main__":
    main()
