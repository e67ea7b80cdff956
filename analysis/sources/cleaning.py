"""Which rows are votes. The releases are already cleaned, so the stricter rules of LMSYS's own cleaning are off by default."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from analysis.errors import InputError
from analysis.ledger import Reason
from analysis.outcome import Outcome, parse_outcome
from analysis.sources.drafts import Draft

#: Names of vendors and model families. Found anywhere in a conversation, the user's messages included, they may tell
#: the judge who is answering (the rule and the length of the list: METHODS 1.4; any part of a word counts).
IDENTITY_WORDS = (
    *("openai", "chatgpt", "gpt-3", "gpt-4", "anthropic", "claude", "google", "deepmind", "gemini", "gemma", "bard", "palm"),
    *("lamda", "meta ai", "llama", "alpaca", "vicuna", "koala", "lmsys", "uc berkeley", "open assistant", "laion", "dolly"),
    *("databricks", "stablelm", "stability ai", "mistral", "mixtral", "cohere", "command r", "alibaba", "qwen", "zhipu"),
    *("chatglm", "deepseek", "moonshot"),
)

#: What FastChat's server shows in place of an answer.
ERROR_TEXTS = (
    "NETWORK ERROR DUE TO HIGH TRAFFIC. PLEASE REGENERATE OR REFRESH THIS PAGE.",
    "YOUR INPUT VIOLATES OUR CONTENT MODERATION GUIDELINES. PLEASE FIX YOUR INPUT AND TRY AGAIN.",
    "YOU HAVE REACHED THE CONVERSATION LENGTH LIMIT. PLEASE CLEAR HISTORY AND START A NEW CONVERSATION.",
)


@dataclass(frozen=True)
class Cleaning:
    """The rules of a conversion. Rows that must be dropped in any case are not a choice (see `analysis.ledger.Reason`).

    Attributes:
        anonymous_only: drop votes cast with the models in sight; where a release does not say, votes stay.
        identity_words: drop votes with one of `IDENTITY_WORDS` anywhere in the conversation.
        error_texts: drop votes with one of FastChat's error texts in an answer.
        judge_daily_limit: keep the first so many votes of a judge on a day (UTC), in the order of the file.
        exclude_models: drop votes with one of these models.
    """

    anonymous_only: bool = True
    identity_words: bool = False
    error_texts: bool = False
    judge_daily_limit: int | None = None
    exclude_models: tuple[str, ...] = ()

    @property
    def stricter(self) -> bool:
        """Whether a rule is on that a vote table as it stands may not meet."""
        return self.identity_words or self.error_texts or self.judge_daily_limit is not None or bool(self.exclude_models)


class Cleaner:
    """Judges drafts one after another; remembers ids, copies and judges' days, about 100 bytes a vote with an id."""

    def __init__(self, rules: Cleaning, labels: Mapping[str, Outcome]) -> None:
        self._rules = rules
        self._labels = labels
        self._ids: set[int] = set()
        self._copies: set[int] = set()
        self._judged: Counter[tuple[str, str]] = Counter()
        self.unknown: Counter[str] = Counter()

    def reason(self, draft: Draft) -> Reason | None:
        """Why the draft is not a vote, or None; sets its outcome. An unknown label is noted in `unknown`."""
        return self._of_columns(draft) or self._of_texts(draft) or self._of_earlier(draft)

    def _of_columns(self, draft: Draft) -> Reason | None:
        vote = draft.vote
        model_a, model_b = vote.get("model_a"), vote.get("model_b")
        if model_a is None or model_b is None:
            return Reason.NO_MODEL
        outcome = parse_outcome(draft.label, self._labels)
        if outcome is None:
            if _blank(draft.label):
                return Reason.NO_OUTCOME
            self.unknown[str(draft.label)] += 1
            return Reason.NO_OUTCOME
        vote["outcome"] = outcome.value
        if model_a == model_b:
            return Reason.SAME_MODEL
        if model_a in self._rules.exclude_models or model_b in self._rules.exclude_models:
            return Reason.EXCLUDED_MODEL
        if self._rules.anonymous_only and vote.get("anonymous") is False:
            return Reason.NOT_ANONYMOUS
        return None

    def _of_texts(self, draft: Draft) -> Reason | None:
        texts, turns = draft.texts, draft.vote.get("turns")
        if texts.empty or (turns is not None and turns < 1):
            return Reason.EMPTY
        if self._rules.identity_words:
            if not texts.all:
                raise InputError("Identity words need the texts of the conversations, which this input does not have.")
            if _found(IDENTITY_WORDS, [text.lower() for text in texts.all]):
                return Reason.IDENTITY
        if self._rules.error_texts:
            answers = [*(texts.answers_a or ()), *(texts.answers_b or ())]
            if not answers:
                raise InputError("Error texts are looked for in the answers, which this input does not have.")
            if _found(ERROR_TEXTS, answers):
                return Reason.ERROR_TEXT
        return None

    def _of_earlier(self, draft: Draft) -> Reason | None:
        if draft.copy is not None:
            if draft.copy in self._copies:
                return Reason.EXACT_COPY
            self._copies.add(draft.copy)
        vote_id = draft.vote.get("vote_id")
        if vote_id is not None:
            if hash(vote_id) in self._ids:
                return Reason.REPEATED_ID
            self._ids.add(hash(vote_id))
        if self._rules.judge_daily_limit is not None and self._over_limit(draft, self._rules.judge_daily_limit):
            return Reason.JUDGE_LIMIT
        return None

    def _over_limit(self, draft: Draft, limit: int) -> bool:
        judge, time = draft.vote.get("judge"), draft.vote.get("time")
        if judge is None or time is None:
            raise InputError("A limit per judge and day needs judge and time, which this input does not have for every vote.")
        day = (judge, time.date().isoformat())
        self._judged[day] += 1
        return self._judged[day] > limit


def _blank(label: object) -> bool:
    return label is None or label != label or not str(label).strip()


def _found(words: tuple[str, ...], texts: list[str]) -> bool:
    return any(word in text for text in texts for word in words)
