"""The data sets that are known by name: where each was released, under which licence, and where its files lie here."""

import os
from dataclasses import dataclass
from pathlib import Path

from analysis import places


@dataclass(frozen=True)
class Dataset:
    """A data set somebody released: a repository on the hub, or one file at `url`.

    `gated` sets ask each user to accept their licence on the hub first; `votes` is False for what holds none: prompts,
    or boards that somebody published. `files` is a pattern for the paths to take, where a repository holds more.
    """

    name: str
    licence: str
    note: str
    repository: str = ""
    url: str = ""
    files: str = "*"
    gated: bool = False
    votes: bool = True

    @property
    def folder(self) -> Path:
        """Where the fetched files lie."""
        return places.RAW / self.name

    @property
    def page(self) -> str:
        """The page that describes the data set, or the address of its file."""
        return self.url or f"{hub()}/datasets/{self.repository}"


_PROMPTS_CC_BY = "prompts CC-BY-4.0, answers under the terms of each model"

#: Every known data set by name, those with votes in order of time. Sources: the page of each.
KNOWN: dict[str, Dataset] = {
    dataset.name: dataset
    for dataset in (
        Dataset(
            "chatbot_arena_conversations",
            "prompts CC-BY-4.0, answers CC-BY-NC-4.0",
            "33,000 votes of April to June 2023",
            repository="lmsys/chatbot_arena_conversations",
            gated=True,
        ),
        Dataset(
            "mt-bench-human-judgments",
            "CC-BY-4.0",
            "3,355 judgments by experts on the 80 questions of MT-bench, 2023; GPT-4's are left out",
            repository="lmsys/mt_bench_human_judgments",
            files="*human-*",
        ),
        Dataset(
            "arena-human-preference-55k",
            "Apache-2.0",
            "57,477 votes of the Kaggle competition of 2024",
            repository="lmarena-ai/arena-human-preference-55k",
        ),
        Dataset(
            "arena-human-preference-100k",
            _PROMPTS_CC_BY,
            "about 100,000 votes of June to August 2024",
            repository="lmarena-ai/arena-human-preference-100k",
        ),
        Dataset(
            "arena-explorer-preference-100k",
            _PROMPTS_CC_BY,
            "the votes behind Arena Explorer, June to August 2024",
            repository="lmarena-ai/arena-explorer-preference-100k",
        ),
        Dataset(
            "clean_battle_20240814",
            "not stated",
            "1,799,991 votes of April 2023 to August 2024, without text (2.1 GB)",
            url="https://storage.googleapis.com/arena_external_data/public/clean_battle_20240814_public.json",
        ),
        Dataset(
            "arena-human-preference-140k",
            _PROMPTS_CC_BY,
            "135,634 votes of April to July 2025",
            repository="lmarena-ai/arena-human-preference-140k",
        ),
        Dataset(
            "arena-expert-5k",
            "see its page",
            "5,128 votes on prompts of experts, with their occupations, released in November 2025",
            repository="lmarena-ai/arena-expert-5k",
        ),
        Dataset(
            "comparia-votes",
            "Etalab 2.0",
            "votes of the French arena ComparIA, from October 2024",
            repository="ministere-culture/comparia-votes",
            gated=True,
        ),
        Dataset(
            "comparia-reactions",
            "Etalab 2.0",
            "reactions to single answers in the French arena ComparIA, from October 2024",
            repository="ministere-culture/comparia-reactions",
            gated=True,
        ),
        Dataset(
            "leaderboard-dataset",
            "CC-BY-4.0",
            "the boards that the arena published, by arena and category, with their history; no votes",
            repository="lmarena-ai/leaderboard-dataset",
            votes=False,
        ),
        Dataset(
            "lmsys-chat-1m",
            "LMSYS-Chat-1M licence agreement",
            "one million conversations of April to August 2023: prompts for `exposure`, no votes",
            repository="lmsys/lmsys-chat-1m",
            gated=True,
            votes=False,
        ),
    )
}


def hub() -> str:
    """Address of the hub; `HF_ENDPOINT` names a mirror."""
    return (os.environ.get("HF_ENDPOINT") or "https://huggingface.co").rstrip("/")


def with_votes() -> list[str]:
    """Names of the known data sets that hold votes."""
    return [name for name, dataset in KNOWN.items() if dataset.votes]
