"""The texts of simulated conversations: first prompts from the grammars, changed repeats, and later user messages."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from analysis.sources.simulated.draws import Change
from analysis.sources.simulated.grammars import changes, follow_up_grammar, languages, listed, prompt_grammar, rephrasing, topics

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from analysis.sources.simulated.draws import Draws, Prompts
    from analysis.sources.simulated.grammars import Grammar, Rephrasing

    Integers = NDArray[np.int64]

#: Prompts written at a time, so that Python strings never fill the memory.
CHUNK = 200_000

#: A word, a number, a mark, or one character of a script without spaces.
_TOKEN = r"\p{Han}|\p{Hiragana}|\p{Katakana}|\p{Hangul}|[\p{L}\p{N}_]+|[^\p{L}\p{N}_\s]"


@dataclass(frozen=True)
class Wording:
    """Texts of N votes: `prompt` (string), `prompts` (list of string), and `tokens_user` (int32), one entry per vote."""

    prompt: pa.Array
    prompts: pa.Array
    tokens_user: pa.Array


def write(draws: Draws, rng: np.random.Generator) -> Wording:
    """Write all user messages."""
    pool, index = _first_prompts(draws.prompts, rng)
    later = _follow_ups(draws, rng)
    rows = len(index)
    offsets = np.r_[0, np.cumsum(draws.turns)]
    places = np.empty(offsets[-1], dtype=np.int64)
    is_first = np.zeros(len(places), dtype=bool)
    is_first[offsets[:-1]] = True
    places[is_first] = index
    places[~is_first] = len(pool) + np.arange(len(later))
    texts = pa.concat_arrays([pool, later])
    tokens = pc.count_substring_regex(texts, pattern=_TOKEN).to_numpy().astype(np.int64)
    messages = texts.take(pa.array(places))
    total = np.add.reduceat(tokens[places], offsets[:-1]) if rows else np.empty(0, dtype=np.int64)
    return Wording(
        prompt=pool.take(pa.array(index)),
        prompts=pa.ListArray.from_arrays(pa.array(offsets.astype(np.int32)), messages),
        tokens_user=pa.array(total.astype(np.int32)),
    )


def same_prompt(wording: Wording) -> Integers:
    """A number per vote that votes share whose prompts differ in nothing but case and white space, shape (N,)."""
    text = pc.utf8_lower(pc.utf8_normalize(wording.prompt, form="NFKC"))
    text = pc.utf8_trim_whitespace(pc.replace_substring_regex(text, pattern=r"\s+", replacement=" "))
    return np.asarray(text.dictionary_encode().indices.to_numpy(), dtype=np.int64)


def _first_prompts(prompts: Prompts, rng: np.random.Generator) -> tuple[pa.Array, Integers]:
    """All distinct prompts and, per vote, the place of its prompt among them."""
    own = np.arange(len(prompts.root))
    new = (prompts.root == own) & (prompts.listed < 0)
    first, following = np.flatnonzero(new & ~prompts.follows), np.flatnonzero(new & prompts.follows)
    fresh = np.concatenate([first, following])
    parts = [
        pa.array(listed().texts, pa.string()),
        *_in_chunks(first, prompts, prompt_grammar, "prompt", rng),
        *_in_chunks(following, prompts, follow_up_grammar, "follow_up", rng),
    ]
    index = np.full(len(own), -1)
    index[fresh] = len(listed().texts) + np.arange(len(fresh))
    index = np.where(prompts.listed >= 0, prompts.listed, index[prompts.root])
    changed = np.flatnonzero(prompts.change != Change.NONE)
    pool = pa.concat_arrays(parts)
    originals = pool.take(pa.array(index[changed])).to_pylist()
    spoken = [languages()[number].name for number in prompts.language[changed].tolist()]
    kinds = prompts.change[changed].tolist()
    variants = [_change(text, kind, name, rng) for text, kind, name in zip(originals, kinds, spoken, strict=True)]
    index[changed] = len(pool) + np.arange(len(changed))
    return pa.concat_arrays([pool, pa.array(variants, pa.string())]), index


def _follow_ups(draws: Draws, rng: np.random.Generator) -> pa.Array:
    """The messages after the first of all conversations, one after the other."""
    votes = np.repeat(np.arange(len(draws.turns)), draws.turns - 1)
    chunks = _in_chunks(votes, draws.prompts, follow_up_grammar, "follow_up", rng)
    return pa.concat_arrays(chunks) if chunks else pa.array([], pa.string())


def _in_chunks(
    votes: Integers, prompts: Prompts, grammar: Callable[[str, str], Grammar], symbol: str, rng: np.random.Generator
) -> list[pa.Array]:
    """One text for each entry of `votes`, from the grammar of its language and topic."""
    chunks = []
    for start in range(0, len(votes), CHUNK):
        here = votes[start : start + CHUNK]
        group = prompts.language[here] * len(topics()) + prompts.topic[here]
        texts = np.empty(len(here), dtype=object)
        for key in np.unique(group):
            language, topic = divmod(int(key), len(topics()))
            where = np.flatnonzero(group == key)
            name = languages()[language].name
            texts[where] = grammar(name, topics()[topic].name).expand(symbol, len(where), rng)
        chunks.append(pa.array(texts, pa.string()))
    return chunks


def _change(text: str, kind: int, language: str, rng: np.random.Generator) -> str:
    """The prompt as somebody sends it again with one thing changed, or in other words."""
    if kind == Change.REPHRASED:
        return _rephrase(text, rephrasing(language), rng)
    if kind == Change.CASE:
        return text.upper() if text.isascii() and rng.random() < 0.3 else text.lower()
    if kind == Change.ENDING:
        return re.sub(r"[\s.!?。？！]+$", "", text) + _one_of("ending", rng)
    if kind == Change.GREETING:
        return _one_of("greeting", rng) + text
    words = text.split(" ")
    if len(words) >= 4:
        words[int(rng.integers(1, len(words)))] = _one_of("word", rng)
        return " ".join(words)
    middle = len(text) // 2  # too short, or a script without spaces: one character less
    return text[:middle] + text[middle + 1 :] or _one_of("word", rng)


def _rephrase(text: str, how: Rephrasing, rng: np.random.Generator) -> str:
    said = how.exchange(text)
    if said == text or rng.random() < 0.5:
        frame = how.frames[int(rng.integers(len(how.frames)))]
        said = frame.replace("{prompt}", said)
    return said


def _one_of(what: str, rng: np.random.Generator) -> str:
    choices = changes()[what]
    return choices[int(rng.integers(len(choices)))]
