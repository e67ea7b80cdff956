"""Claims: headlines held against the votes, each with a verdict, its probability and the numbers behind it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Unpack

import pandas as pd

from analysis import places
from analysis.claims.evidence import read_evidence
from analysis.claims.headlines import read_headlines
from analysis.claims.verdicts import VERDICTS, judge, needs
from analysis.errors import UsageError
from analysis.ratings.basis import over
from analysis.ratings.settings import Options, Settings, by_keyword, settled
from analysis.results.previews import display
from analysis.results.prose import Prose
from analysis.results.result import Result
from analysis.sources.load import load_votes
from analysis.votes.table import Votes

#: Every checkable headline of July 2024, bundled.
BUNDLED = places.DATA / "claims.toml"


@dataclass(frozen=True, eq=False)
class Claims(Result):
    """Claims and their verdicts.

    Attributes:
        frame: claim, text, verdict, probability, numbers, votes_needed, source, date; in the order of the file.
        over: what the intervals behind the verdicts are over, in words.
    """

    frame: pd.DataFrame
    over: str = "intervals over votes"

    @property
    def caption(self) -> str:  # type: ignore[override]
        return f"Claims and what these votes say; {self.over}"

    @property
    def table(self) -> pd.DataFrame:
        """claim (its id), text, verdict, probability, numbers, votes_needed, source, date; in the order of the file.

        `verdict` is `supported`, `contradicted`, `undecided` or `cannot be tested here`; `probability` the number that decides
        on it (see `analysis.claims.verdicts`), missing where the claim cannot be tested; `numbers` says the figures behind the
        verdict and which votes it is held against, or why there is none. `votes_needed` is about how many more votes, of those it
        is held against, would decide what is undecided (see `analysis.claims.more_votes`); missing where nobody can say it.
        """
        return self.frame

    def _repr_html_(self) -> str:
        """The columns that a reader needs; `table` has the identifiers and sources too."""
        return display(self.frame[["text", "verdict", "probability", "numbers"]], caption=self.caption)

    @property
    def sentence(self) -> Prose:
        """How many claims got which verdict, and the contradicted ones by name."""
        counts = self.frame["verdict"].value_counts()
        parts = [f"{counts[verdict]} {_plural(verdict, counts[verdict])}" for verdict in VERDICTS if verdict in counts]
        wrong = self.frame.loc[self.frame["verdict"] == "contradicted", "text"].tolist()
        of = "The one claim" if len(self.frame) == 1 else f"Of {len(self.frame)} claims"
        text = f"{of}: {', '.join(parts)}."
        if wrong:
            text += f" Contradicted: {' '.join(wrong)}"
        if self.simulated:
            text += " The votes are simulated: the verdicts show what such votes can decide, not what is true of a model."
        return Prose(text)


def _plural(verdict: str, count: int) -> str:
    return verdict if verdict.startswith("cannot") else f"{'is' if count == 1 else 'are'} {verdict}"


@by_keyword
def check_claims(
    votes: Votes | str | Path, claims: str | Path | None = None, settings: Settings = Settings(), **options: Unpack[Options]
) -> Claims:
    """Hold headlines against votes, each against the votes and the models of its time (see `analysis.claims.dates`), and what is
    about the whole arena only against all of its votes (see `analysis.votes.populations`).

    Args:
        claims: a TOML file of claims (see `analysis.claims.headlines`); the bundled headlines of July 2024 where not given.

    Raises:
        UsageError: votes are to be weighed.
        InputError: the file cannot be read or a claim in it is malformed; the message names the claim and what is wrong.
    """
    settings = settled(settings, options)
    if settings.weight:
        raise UsageError("claims are about votes that count alike: leave out weight.")
    votes = load_votes(votes)
    headlines = read_headlines(Path(claims) if claims else BUNDLED)
    evidence = read_evidence(votes, [(headline.date, needs(headline.statement)) for headline in headlines], settings)
    rows = []
    for headline in headlines:
        found = judge(headline.statement, evidence[headline.date])
        told = (found.verdict, found.probability, found.numbers, found.more.rounded)
        rows.append((headline.id, headline.text, *told, headline.source, headline.date))
    columns = ["claim", "text", "verdict", "probability", "numbers", "votes_needed", "source", "date"]
    return Claims(
        pd.DataFrame(rows, columns=columns), over(basis for one in evidence.values() for basis in one.bases), origin=votes.origin
    )
