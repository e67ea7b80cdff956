"""Votes to explore: several languages, days, judges and lengths, with texts that attack whoever shows them."""

import numpy as np
import pandas as pd

#: A language and a prompt that are attacks; so is a model's name.
HOSTILE_LANGUAGE = "B & C's \"<b>"
HOSTILE_TEXT = "<img src=x onerror=\"window.hit = 1\"><script>window.hit = 1</script>\u202e & 'quoted'\n$x$"


def exploring(rows: int = 1_500, seed: int = 3) -> pd.DataFrame:
    """Votes between six models. Some have no time, no language or no judge."""
    rng = np.random.default_rng(seed)
    models = np.array(["<i>alpha</i>", "beta", "gamma", "delta's", "epsilon", "zeta"])
    sides = np.array([rng.permutation(6)[:2] for _ in range(rows)])
    better = rng.random(rows) < 1 / (1 + np.exp((sides[:, 0] - sides[:, 1]) / 2))
    language = rng.choice(["English", "German", HOSTILE_LANGUAGE, None], rows, p=[0.6, 0.2, 0.1, 0.1])
    days = pd.to_datetime("2024-06-01T12:00:00Z") + pd.to_timedelta(rng.integers(0, 20 * 24, rows), unit="h")
    turns = rng.integers(1, 4, rows)
    texts = rng.choice(["How do I sort a list?", "Translate «Straße» for me", "what is PYTHON", HOSTILE_TEXT], rows)
    texts = np.where(rng.random(rows) < 0.5, texts, [f"Question {number}" for number in range(rows)])
    return pd.DataFrame(
        {
            "model_a": models[sides[:, 0]],
            "model_b": models[sides[:, 1]],
            "outcome": np.where(rng.random(rows) < 0.1, "tie", np.where(better, "model_a", "model_b")),
            "turns": turns,
            "language": language,
            "time": np.where(rng.random(rows) < 0.05, pd.NaT, days.to_numpy()),
            "judge": np.where(rng.random(rows) < 0.1, None, rng.choice([f"judge-{n}" for n in range(200)], rows)),
            "prompt": texts,
            "prompts": [[text, *["and then?"] * (count - 1)] for text, count in zip(texts, turns, strict=True)],
        }
    )
