"""As whom, from where and with what requests came, for very many sessions in few bytes.

A session nearly always has one account, one address and one agent, which many others have
too: so each value is kept once, by a number of its own, and a session names the first of its
combinations, which names the next one.
"""

from array import array
from collections.abc import Iterable
from itertools import repeat
from typing import Any

from logsleuth.filter.fields import field
from logsleuth.store.sqlite.grouping import shown

_ADDRESS = field("remote_ip")


class Numbers(dict[Any, int]):
    """Values by number, in the order in which they are met; what is absent is 0."""

    def __init__(self) -> None:
        super().__init__({None: 0})

    def __missing__(self, value: Any) -> int:
        number = self[value] = len(self)
        return number


Who = tuple[tuple[int, ...], tuple[str, ...], tuple[str, ...], tuple[str, ...]]
"""The accounts, addresses and agents of one session: sorted, each once; in front of the agents
those addresses from which page or app sent all requests by itself."""


class People:
    """Combinations of account, address and agent, any of which may be absent.

    ``attended`` is whether one of the requests is not known to be sent by page or app itself.
    ``more`` is the number of the next combination of the same session, 0 if there is none.
    """

    def __init__(self) -> None:
        self.users = Numbers()
        self.addresses = Numbers()
        self.agents = Numbers()
        self._user, self._address, self._agent = array("I"), array("I"), array("I")
        self._attended = array("B")
        self._more = array("I")

    def extend(
        self,
        users: Iterable[int | None],
        addresses: Iterable[int],
        agents: Iterable[int],
        attended: Iterable[bool],
    ) -> range:
        """Add combinations of as many sessions, and return their numbers.  Addresses and
        agents are what they are called in :attr:`addresses` and :attr:`agents`."""
        begin = len(self._user)
        self._user.extend(map(self.users.__getitem__, users))
        self._address.extend(addresses)
        self._agent.extend(agents)
        self._attended.extend(attended)
        found = range(begin, len(self._user))
        self._more.extend(repeat(0, len(found)))
        return found

    def add(self, user: int | None, address: int, agent: int, attended: bool) -> int:
        """Add one combination, and return its number."""
        self._user.append(self.users[user])
        self._address.append(address)
        self._agent.append(agent)
        self._attended.append(attended)
        self._more.append(0)
        return len(self._more) - 1

    def join(self, first: int, user: int | None, address: int, agent: int, attended: bool) -> None:
        """Add a combination to the session that begins with ``first``."""
        wanted = self.users[user], address, agent
        at: int | None = first
        while at is not None:
            if (self._user[at], self._address[at], self._agent[at]) == wanted:
                self._attended[at] |= attended
                return
            last, at = at, self._more[at] or None
        self._more[last] = self.add(user, address, agent, attended)

    def attend(self, at: int) -> None:
        """Note that a request of the combination is not known to be automatic."""
        self._attended[at] = True

    def told(self) -> "Told":
        """Everybody so far; who is met later is not among them."""
        return Told(
            [() if value is None else (value,) for value in self.users],
            [() if value is None else (str(shown(_ADDRESS, value)),) for value in self.addresses],
            [() if value is None else (value,) for value in self.agents],
            self._user[:],
            self._address[:],
            self._agent[:],
            self._attended[:],
            self._more[:],
        )


class Told:
    """People as they are shown: each value, alone, is kept once for everybody."""

    def __init__(
        self,
        users: list[tuple[int, ...]],
        addresses: list[tuple[str, ...]],
        agents: list[tuple[str, ...]],
        *columns: "array[int]",
    ) -> None:
        self._users, self._addresses, self._agents = users, addresses, agents
        self._user, self._address, self._agent, self._attended, self._more = columns

    def of(self, first: int) -> Who:
        """The people of the session that begins with a combination."""
        users = self._users[self._user[first]]
        addresses = self._addresses[self._address[first]]
        agents = self._agents[self._agent[first]]
        if not self._more[first]:
            return users, addresses, () if self._attended[first] else addresses, agents
        attended = addresses if self._attended[first] else ()
        at = first
        while at := self._more[at]:
            users += self._users[self._user[at]]
            addresses += (address := self._addresses[self._address[at]])
            attended += address if self._attended[at] else ()
            agents += self._agents[self._agent[at]]
        every = set(addresses)
        return (
            tuple(sorted(set(users))),
            tuple(sorted(every)),
            tuple(sorted(every.difference(attended))),
            tuple(sorted(set(agents))),
        )
