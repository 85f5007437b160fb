"""The filters that find the requests of a span of acting as another."""

from logsleuth.filter.building import address_is, between, equal, equal_or_absent
from logsleuth.filter.tree import Node, both
from logsleuth.store.base import ActSpan


def place(span: ActSpan) -> Node:
    """Everything of the session that the span is a part of; where there is none,
    everything that the account signed in sent with the same key from the same address."""
    if span.session_id is not None:
        return equal("session_id", span.session_id)
    whole = both(
        equal_or_absent("developer_key_id", span.developer_key_id),
        address_is(span.remote_ip),
        equal("actor", span.real_user_id),
    )
    if span.developer_key_id is not None:
        return whole
    return both(whole, equal_or_absent("session_id", None))


def node(span: ActSpan) -> Node:
    """The requests of the span itself."""
    return both(
        place(span),
        equal("real_user_id", span.real_user_id),
        equal_or_absent("user_id", span.user_id),
        between(span.start, span.end),
    )
