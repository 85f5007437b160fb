"""What can be wrong with a source."""


class SourceError(Exception):
    """A source that is refused whole: one sentence that says which, why, and what to do."""
