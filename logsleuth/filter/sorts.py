"""What sort of request it is: opened or changed, automatic, or not classified.

Misread automatic requests are how innocent people get accused, and a change that is
missed how guilty ones get away.  So there is one definition, and everything that counts
by sort counts by these trees: each request is of exactly one sort.

- *automatic*: page or app is known to send it by itself;
- *opened or changed*: it is known not to do so, or the request changes something that is
  known (a write with a rule), whether it came from a page, an app or a token;
- *not classified*: all others, which is what no rule knows, GraphQL (*opaque*: what it
  did is not in the log), and what is read in a way that page and app also use by
  themselves, as most reading through the API is.
"""

from logsleuth.filter.fields import field
from logsleuth.filter.tree import Equals, Match, Node, Not, Or, both
from logsleuth.model.routes import KINDS


def _is(name: str, value: str | bool) -> Node:
    return Match(field(name), Equals(value))


_CLASSIFIED = [kind for kind in KINDS if kind not in {"background", "opaque", "other"}]
_WRITE = _is("write", True)
_UNTOLD = _is("automatic", "unknown")
_KNOWN = Or(tuple(_is("kind", kind) for kind in _CLASSIFIED))

AUTOMATIC = _is("automatic", True)
OPENED = both(_is("automatic", False), Not(_WRITE))
CHANGED = both(_WRITE, Or((_is("automatic", False), both(_UNTOLD, _KNOWN))))
OPENED_OR_CHANGED = Or((_is("automatic", False), both(_WRITE, _UNTOLD, _KNOWN)))
NOT_CLASSIFIED = both(_UNTOLD, Not(both(_WRITE, _KNOWN)))
SWITCHED = both(CHANGED, _is("kind", "masquerade"))
"""Part of what is changed: into another account, out of it, and nothing else."""

CHANGED_BESIDES = both(CHANGED, Not(_is("kind", "masquerade")))
"""The other part: what was changed by somebody, as whomever."""

OPAQUE = _is("kind", "opaque")
"""Part of what is not classified."""

READ = both(Not(AUTOMATIC), Not(_WRITE))
"""Changed nothing, and page or app is not known to have sent it by itself."""
