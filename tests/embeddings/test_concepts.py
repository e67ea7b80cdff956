import csv
from pathlib import Path

from analysis.embeddings import concepts as module
from analysis.embeddings.concepts import concepts, lexicon
from analysis.embeddings.tokens import clean


def of(text: str) -> list[str]:
    return concepts(clean(text))


def test_the_same_question_shows_the_same_concept_in_every_language():
    asked = [
        "a recipe for soup",
        "做菜的食谱",
        "スープのレシピ",
        "수프 레시피를 알려줘",
        "рецепт супа",
        "Rezept für Suppe",
        "recette de soupe",
        "وصفة شوربة",
    ]
    assert all("§cook" in of(text) for text in asked)


def test_a_starred_entry_stands_for_words_that_begin_so_and_no_other():
    assert "§translate" in of("translating")
    assert "§speed" not in of("skim")


def test_two_words_in_a_row_can_be_an_entry():
    assert "§greeting" in of("good morning")
    assert "§greeting" not in of("good or morning")


def test_formulas_code_percentages_and_prices_are_seen_without_words():
    assert "§formula" in of("3x + 4 = 19")
    assert "§source" in of("if (a) { b(); }")
    assert "§percent" in of("15 %")
    assert "§price" in of("$ 20")
    assert of("twenty-two-year-old") == []


def test_every_row_of_the_lexicon_has_a_cell_for_every_language():
    path = Path(module.__file__).with_name("concepts.tsv")
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    assert {len(row) for row in rows} == {14}
    assert all(all(cell.strip() for cell in row) for row in rows)
    assert len({row[0] for row in rows}) == len(rows)


def test_entries_are_in_the_form_that_prompts_are_read_in():
    known = lexicon()
    assert all(clean(word) == word for table in (known.whole, known.beginning, known.part) for word in table)
