"""``logsleuth fingerprint``: what stands in the cache in place of a secret."""

import sys

import click

from logsleuth.cli import errors
from logsleuth.cli.asking import opened
from logsleuth.cli.output import write_text
from logsleuth.cli.settings import Settings
from logsleuth.sources.secrets import Masker


@click.command(short_help="Print the fingerprint of a secret read from standard input.")
@click.pass_obj
def command(settings: Settings) -> None:
    """Print the fingerprint that stands in this cache in place of a secret.

    The secret is one line on standard input, never an argument. Find its requests with
    'logsleuth search url:FINGERPRINT'.
    """
    secret = sys.stdin.readline().rstrip("\r\n")
    if not secret:
        raise errors.Misused("No secret came on standard input; pipe one line into the command.")
    with opened(settings) as cache:
        key = bytes.fromhex(cache.catalogue.meta("mask_key") or "")
        write_text([Masker(key).fingerprint(secret)])
