"""What goes wrong with cases."""

from logsleuth.store.base import StoreError


class CaseError(StoreError):
    """One sentence for the user: what happened, to which case, and what to do next."""
