"""What a run reads: votes, or published boards where there are none."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from analysis.report.order import Order
from analysis.report.parameters import BOARDS, VOTES
from analysis.sources.load import load_votes
from analysis.votes.ledger import Ledger, Loss
from analysis.votes.table import Votes


@dataclass(frozen=True)
class Material:
    """What a run reads.

    Attributes:
        source: the name of what the user gave, without the folders that mean something on one machine only.
        given: what a notebook gets as its parameter `votes` or `boards`.
        fingerprint: of the contents.
        votes: None for published boards.
    """

    source: str
    given: str
    fingerprint: str
    votes: Votes | None = None

    @property
    def reads(self) -> str:
        return BOARDS if self.votes is None else VOTES

    @property
    def ledger(self) -> Ledger | None:
        return self.votes.ledger if self.votes else None

    @property
    def losses(self) -> tuple[Loss, ...]:
        return self.votes.ledger.losses if self.votes else ()

    @property
    def recorded(self) -> dict[str, Any]:
        """The fields of a run's record that say what it read."""
        votes = self.votes
        return {
            "reads": self.reads,
            "source": self.source,
            "fingerprint": self.fingerprint,
            "releases": votes.releases if votes else (),
            "simulated": bool(votes and votes.simulated),
            "votes": len(votes) if votes else 0,
            "ledger": asdict(votes.ledger) if votes else {},
            "losses": self.losses,
            "warning": str(votes.warning) if votes else "",
        }


def read_material(order: Order) -> Material:
    """The votes or the boards that an order names.

    Raises:
        InputError, UsageError: as `load_votes` and `read_board`.
    """
    if order.boards:
        return _boards(order.boards)
    votes = load_votes(order.votes, conversion=order.conversion)
    return Material(Path(order.votes).name or order.votes, str(votes.path.resolve()), votes.fingerprint, votes)


def _boards(reference: str) -> Material:
    """Boards from files, or from the hub, whose newest are fetched first."""
    from analysis.ratings.published_files import files_of
    from analysis.sources.fetch import refresh
    from analysis.sources.seen import content

    refresh(reference)
    files = sorted(files_of(reference))
    total = hashlib.sha256("".join(f"{path.name}\0{content(path)}\0" for path in files).encode("utf-8", "surrogatepass"))
    total.update(reference.partition("?")[2].encode("utf-8", "surrogatepass"))
    path, mark, query = reference.partition("?")
    where = str(Path(path).resolve()) if Path(path).exists() else path
    return Material(f"{Path(path).name}{mark}{query}", f"{where}{mark}{query}", total.hexdigest())
