"""End to end: simulated votes with planted topics, prompts in five scripts, and everything that may be wrong with prompts."""

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis import places
from analysis.errors import InputError, UsageError
from analysis.shares.habits import alike_in, habits_of
from analysis.shares.tallies import tally_of
from analysis.sources.simulated.simulate import simulate
from analysis.topics.lists import broad_list
from analysis.topics.model import TopicSettings
from analysis.topics.topics import Topics, topics
from analysis.votes.table import Votes

Maker = Callable[[pd.DataFrame], Votes]

QUICK = TopicSettings(fast=True, rounds=0)


def frame(prompts: list[str], **columns: object) -> pd.DataFrame:
    return pd.DataFrame({"model_a": "a", "model_b": "b", "outcome": "tie", "prompt": prompts} | columns)


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> tuple[Topics, np.ndarray]:
    made = simulate(4_000, seed=11)
    path: Path = tmp_path_factory.mktemp("planted") / "votes.parquet"
    made.write(path)
    found = topics(Votes.at(path, made.ledger, "planted"), TopicSettings(rounds=1))
    return found, made.truth.topics


def test_planted_topics_of_the_bundled_sample_are_recovered():
    """The aim is an NMI of 0.9 over votes with a topic, reached here; another processor's rounding may lay prompts out otherwise,
    and over seeds it varies by 0.01."""
    from sklearn.metrics import normalized_mutual_info_score

    found = topics("sample", TopicSettings(rounds=0), with_map=False)
    topic = found.assignments["topic"].to_numpy()
    truth = pd.read_parquet(places.SAMPLE / "topics.parquet")["topic"].to_numpy()
    clear = topic >= 0
    assert normalized_mutual_info_score(truth[clear], topic[clear]) >= 0.89
    assert (~clear).mean() <= 0.15


def test_planted_topics_of_few_votes_are_recovered_less_well(planted: tuple[Topics, np.ndarray]):
    from sklearn.metrics import normalized_mutual_info_score

    found, truth = planted
    topic = found.assignments["topic"].to_numpy()
    clear = topic >= 0
    assert normalized_mutual_info_score(truth[clear].astype(str), topic[clear]) > 0.83
    assert (~clear).mean() <= 0.15


def test_topics_are_numbered_by_size(planted: tuple[Topics, np.ndarray]):
    found, _ = planted
    assert found.model is not None
    size = np.bincount(found.model.topic[found.model.topic >= 0])
    assert (np.diff(size) <= 0).all()
    assert len(size) == len(found.table)


def test_the_table_says_share_turns_language_repeats_and_stability_of_each_topic(planted: tuple[Topics, np.ndarray]):
    found, _ = planted
    table = found.table
    assert (table["lower"] <= table["share"]).all()
    assert (table["share"] <= table["upper"]).all()
    assert table["multi_turn"].between(table["multi_turn_lower"], table["multi_turn_upper"]).all()
    assert table["stability"].between(0, 1).all()
    assert table["repeats"].between(0, 1).all()
    assert (table["language"] == "English").mean() > 0.7
    assert table["label"].is_unique
    assert table["examples"].map(len).between(1, 3).all()
    assert table["votes"].sum() == (found.assignments["topic"] >= 0).sum()


def test_other_tables_add_up(planted: tuple[Topics, np.ndarray]):
    found, _ = planted
    votes = found.table.set_index("topic")["votes"]
    for other in (found.by_language, found.by_turns, found.over_time):
        assert (other.groupby("topic")["votes"].sum() == votes).all()
    assert isinstance(found.over_time["period"].dtype, pd.DatetimeTZDtype)
    assert len(found.hierarchy) == len(votes) - 1
    assert sorted(found.hierarchy["topics"].iloc[-1]) == votes.index.tolist()
    assert found.map is not None
    assert np.isfinite(found.map[["x", "y"]]).all(axis=None)


def test_the_sentence_says_how_many_topics_came_out_again(planted: tuple[Topics, np.ndarray]):
    found, _ = planted
    assert f"fall into {len(found.table)} topics" in found.sentence
    assert f"{len(found.table)} topics, with " in found.sentence
    assert found.sentence.endswith("% of the votes that have one, came out again in refits.")
    assert {"coherence", "diversity", "outliers", "agreement_seeds", "agreement_resamples"} <= found.measures.keys()


def test_shares_without_a_clear_topic_and_of_broad_topics_are_clustered_by_judge(planted: tuple[Topics, np.ndarray]):
    found, _ = planted
    asked = found.assignments[found.assignments["topic"] >= -1]
    judge = asked["judge"].to_numpy()
    habits = habits_of(tally_of(judge, np.ones(len(judge), dtype=bool)))
    unclear = found.unclear.iloc[0]
    worth = habits.effective(len(asked), habits.crowding, 0.95, alike_in(tally_of(judge, (asked["topic"] == -1).to_numpy())))
    assert unclear["design_effect"] == pytest.approx(len(asked) / float(worth))
    broad = broad_list(found).table
    assert (broad["design_effect"] >= 1).all()
    assert broad["share"].sum() + unclear["share"] == pytest.approx(1)
    assert "Intervals are clustered by judge (design effects 1." in found.sentence


def test_topics_of_votes_that_name_no_judge_say_so(votes_of: Maker):
    found = topics(votes_of(frame(_two_subjects(40))), QUICK, with_map=False)
    assert found.notes == ("No vote names its judge, so that all count as independent.",)
    assert "clustered" not in found.sentence


def test_the_same_votes_and_seed_give_the_same_topics(votes_of: Maker):
    votes = votes_of(frame(_two_subjects(80)))
    settings = TopicSettings(rounds=0)
    first, second = (topics(votes, settings, with_map=False) for _ in range(2))
    pd.testing.assert_frame_equal(first.table, second.table)
    pd.testing.assert_frame_equal(first.assignments, second.assignments)


def test_prompts_beyond_the_sample_are_assigned(votes_of: Maker):
    found = topics(votes_of(frame(_two_subjects(400))), TopicSettings(fit_on=100, rounds=0, fast=True), with_map=False)
    assert found.measures["fitted"] == 100
    assert found.table["votes"].sum() > 300


def _two_subjects(size: int) -> list[str]:
    rng = np.random.default_rng(0)
    food = ["boil rice garlic onion", "bake bread flour oven", "soup carrot pepper salt", "fry egg butter pan"]
    code = ["sort array pointer rust", "compile linker header flags", "async thread mutex deadlock", "parse token grammar lexer"]
    pick = [(food, code)[number % 2][rng.integers(4)].split() for number in range(size)]
    return [f"{' '.join(rng.permutation(words)[:3])} {number}" for number, words in enumerate(pick)]


SCRIPTS = {
    "Chinese": (
        ["请问{}怎么做才好吃？", "{}的做法和步骤", "我想学习做{}，需要哪些食材？", "家里只有{}，晚餐吃什么？"],
        ["红烧牛肉", "番茄炒蛋", "酸菜鱼", "麻婆豆腐", "糖醋排骨", "鸡蛋面条"],
        ["用编程语言实现{}的代码", "{}算法的时间复杂度是多少？", "这段{}代码报错了，怎么修改？", "解释{}的程序"],
        ["快速排序", "二叉树", "链表", "动态规划", "图像识别", "数据库查询"],
    ),
    "Traditional Chinese": (
        ["請問{}怎麼做才好吃？", "{}的做法和步驟", "我想學習做{}，需要哪些食材？", "家裡只有{}，晚餐吃什麼？"],
        ["紅燒牛肉", "番茄炒蛋", "酸菜魚", "麻婆豆腐", "糖醋排骨", "雞蛋麵條"],
        ["幫我寫一個{}的程式", "{}演算法的時間複雜度是多少？", "這段{}程式碼有錯誤，怎麼修改？", "解釋{}的程式碼"],
        ["快速排序", "二元樹", "機器學習", "動態規劃", "圖像識別", "資料庫查詢"],
    ),
    "Chinese with English": (
        ["请问{}怎么做才好吃？", "{}的做法和步骤", "我想学习做{}，需要哪些食材？", "家里只有{}，晚餐吃什么？"],
        ["红烧牛肉", "番茄炒蛋", "酸菜鱼", "麻婆豆腐", "糖醋排骨", "鸡蛋面条"],
        ["用Python写{}的代码", "{}报错TypeError，怎么修改？", "解释这个{}函数return的结果", "用C++实现{}"],
        ["quicksort", "dataframe", "linked list", "binary tree", "SQL查询", "API接口"],
    ),
    "Japanese": (
        ["{}の作り方を教えてください", "{}のレシピと材料", "夕食に{}を作りたい", "簡単な{}の料理"],
        ["味噌汁", "カレー", "天ぷら", "牛丼", "オムライス", "野菜炒め"],
        ["{}のプログラムを書いて", "{}のアルゴリズムを説明して", "{}でエラーが出ます", "{}のコードを修正して"],
        ["ソート", "データベース", "二分探索", "クラス", "ループ処理", "正規表現"],
    ),
    "Korean": (
        ["{} 만드는 방법을 알려줘", "{} 레시피와 재료", "저녁으로 {}를 요리하고 싶어", "집에서 {} 끓이는 법"],
        ["김치찌개", "된장국", "비빔밥", "불고기", "떡볶이", "잡채"],
        ["{} 코드를 작성해줘", "{} 알고리즘을 설명해줘", "{}에서 오류가 나요", "{} 함수를 고쳐줘"],
        ["정렬", "이진탐색", "데이터베이스", "클래스", "반복문", "정규식"],
    ),
    "Russian": (
        ["Как приготовить {} дома?", "Рецепт: {} с овощами", "Что нужно, чтобы сварить {}?", "Блюдо на ужин: {}"],
        ["борщ", "плов", "суп", "пельмени", "гречку", "рыбу"],
        ["Напиши программу, которая делает {}", "Объясни алгоритм: {}", "Ошибка в коде: {}", "Оптимизируй код, где {}"],
        ["сортировка", "двоичный поиск", "связный список", "обход дерева", "хеширование", "рекурсия"],
    ),
    "Arabic": (
        ["كيف أطبخ {} في البيت؟", "وصفة {} مع الخضار", "أريد طبخ {} على العشاء", "ما مكونات {}؟"],
        ["الكبسة", "الشوربة", "الأرز", "الدجاج", "السمك", "المحشي"],
        ["اكتب برنامج {} بلغة بايثون", "اشرح خوارزمية {}", "خطأ في كود {}", "برمجة {} بسرعة"],
        ["الترتيب", "البحث", "المصفوفة", "القائمة", "التكرار", "الشجرة"],
    ),
}

#: Words that show what the topics are about.
TELLING = {
    "Chinese": "好吃 食材 晚餐 步骤 做法 代码 算法 编程语言 程序 复杂度 报错",
    "Traditional Chinese": "好吃 食材 晚餐 步驟 做法 程式 程式碼 演算法 複雜度 錯誤",
    "Chinese with English": "好吃 食材 晚餐 步骤 做法 代码 python c++ 函数 报错 typeerror return",
    "Japanese": "レシピ 材料 夕食 料理 コード アルゴリズム プログラム エラー 説明 修正",
    "Korean": "레시피 재료 저녁 요리 방법 끓이 코드 알고리즘 함수 오류 작성",
    "Russian": "рецепт приготовить сварить блюдо ужин овощами дома код коде алгоритм программу ошибка",
    "Arabic": "وصفة أطبخ طبخ مكونات العشاء الخضار برنامج خوارزمية كود برمجة خطأ بايثون",
}

_FOOD = "好吃 做法 步骤 学习 食材 家里 晚餐 红烧 牛肉 红烧牛肉 番茄 炒蛋 酸菜鱼 麻婆豆腐 糖醋 排骨 糖醋排骨 鸡蛋 面条"

#: All words of the prompts in scripts without spaces, cut by hand; compounds may stay whole.
WORDS = {
    "Chinese": f"""{_FOOD} 编程语言 编程 语言 实现 代码 算法 时间 复杂度 报错 修改 解释 程序 快速 排序 二叉树 链表
        动态 规划 图像 识别 图像识别 数据库 查询""",
    "Traditional Chinese": """好吃 做法 步驟 學習 食材 家裡 晚餐 紅燒 牛肉 紅燒牛肉 番茄 炒蛋 酸菜魚 麻婆豆腐 糖醋 排骨
        糖醋排骨 雞蛋 麵條 程式 演算法 時間 複雜度 程式碼 錯誤 修改 解釋 快速 排序 二元 機器 學習 動態 規劃 圖像 識別
        圖像識別 資料 資料庫 查詢""",
    "Chinese with English": f"""{_FOOD} python 代码 报错 typeerror 修改 解释 函数 接口函数 return 结果 c++ 实现 quicksort
        dataframe linked list binary tree sql 查询 api 接口""",
    "Japanese": """味噌汁 カレー 天ぷら 牛丼 オムライス 野菜 レシピ 材料 夕食 簡単 料理 プログラム アルゴリズム 説明 エラー
        コード 修正 ソート データベース 二分探索 クラス ループ 処理 正規表現""",
}


@pytest.mark.parametrize("language", list(SCRIPTS))
def test_a_few_dozen_prompts_in_any_script_give_word_like_terms(language: str, votes_of: Maker):
    ask_food, foods, ask_code, things = SCRIPTS[language]
    food = [ask.format(thing) for ask in ask_food for thing in foods]
    code = [ask.format(thing) for ask in ask_code for thing in things]
    found = topics(votes_of(frame(food + code, language=[language] * 48)), TopicSettings(rounds=0, unclear=0), with_map=False)
    topic = found.assignments["topic"].to_numpy()
    assert set(topic[:24].tolist()).isdisjoint(topic[24:].tolist())
    terms = [words.split(", ") for words in found.table["words"]]
    assert len({word for words in terms for word in words}.intersection(TELLING[language].split())) >= 3
    assert [word for words in terms for word in words if not _whole(word, language, " ".join(food + code).lower())] == []


def _whole(term: str, language: str, text: str) -> bool:
    """Whether a term is a word, or in scripts with spaces the stem of one: all but an ending of up to three letters."""
    if language in WORDS:
        return term in WORDS[language].split()
    return any(word.startswith(term) and len(word) - len(term) <= 3 for word in re.findall(r"\w+", text))


@pytest.mark.parametrize(
    ("prompts", "message"),
    [
        (["How do I sort a list?"] * 500, "at least 20 different prompts with words, and these 500 votes have 1; give more"),
        (["one thing", "another thing"], "these 2 votes have 2"),
        ([f"{'😀' * (number + 1)}" for number in range(50)], "these 50 votes have 0"),
        (["", " ", "\n"] * 10, "these 30 votes have 0"),
    ],
)
def test_too_few_different_prompts_are_one_clear_line(prompts: list[str], message: str, votes_of: Maker):
    with pytest.raises(InputError, match=message):
        topics(votes_of(frame(prompts)), QUICK)


@pytest.mark.parametrize("fast", [False, True])
def test_twenty_prompts_are_enough_for_a_result(fast: bool, votes_of: Maker):
    found = topics(votes_of(frame(_two_subjects(24))), TopicSettings(fast=fast, rounds=1))
    assert 1 <= len(found.table) <= 12


def test_prompts_that_share_no_word_are_a_clear_line_for_words_and_a_result_for_ngrams(votes_of: Maker):
    words = ["".join(chr(97 + (number * 7 + place * 3) % 26) for place in range(9)) + f"q{number}z" for number in range(60)]
    with pytest.raises(InputError, match="at least 20 different prompts with words"):
        topics(votes_of(frame(words)), TopicSettings(embedding="words", fast=True, rounds=0))
    assert len(topics(votes_of(frame(words)), QUICK, with_map=False).table) >= 1


def test_hostile_and_broken_prompts_get_a_result(votes_of: Maker):
    odd = [
        *("", "   ", "\0\0\0", "a\0b", "😀🎉", "👩‍👩‍👧‍👦" * 50, "\u202eright to left\u202c", "مرحبا بالعالم", "שלום עולם"),
        *(
            "<script>alert(1)</script>",
            "'; DROP TABLE votes; --",
            "x" * 100_000,
            "wort " * 20_000,
            "日本語とEnglishとрусский混在",
        ),
        *("{{7*7}} ${7*7} %s %n", "\r\n\t", "Ａ" * 300, "\ufeffbom", "e\u0301" * 200, "\u200b" * 10),
    ]
    prompts = _two_subjects(120) + odd
    languages = ["English"] * 117 + ["Icelandic"] * 3 + [None] * len(odd)
    found = topics(votes_of(frame(prompts, language=languages, turns=[1, 2] * (len(prompts) // 2))), TopicSettings(rounds=1))
    topic = found.assignments["topic"].to_numpy()
    assert len(topic) == len(prompts)
    assert (topic[[120, 121]] == -2).all()
    assert all(character.isprintable() for examples in found.table["examples"] for text in examples for character in text)
    assert all(len(text) <= 200 for examples in found.table["examples"] for text in examples)


def test_lone_surrogates_are_replaced_by_nothing_that_breaks():
    from analysis.embeddings.words import read_words

    texts = ["sort array \ud800", "array pointer sort", "\udfff pointer", "array list sort"] * 6
    assert np.isfinite(read_words(texts).fit(np.arange(len(texts)), 1)[1]).all()


def test_votes_without_time_language_or_turns_have_topics(votes_of: Maker):
    found = topics(votes_of(frame(_two_subjects(60))), QUICK, with_map=False)
    assert found.over_time.empty
    assert found.by_turns.empty
    assert found.table["multi_turn"].isna().all()
    assert found.map is None


def test_votes_without_prompts_are_one_clear_line(votes_of: Maker):
    with pytest.raises(InputError, match="finding topics needs prompts"):
        topics(votes_of(pd.DataFrame({"model_a": ["a"], "model_b": ["b"], "outcome": ["tie"]})), QUICK)


@pytest.mark.parametrize(("name", "value"), [("unclear", 1.5), ("distance", 0), ("fit_on", 3), ("rounds", -1), ("seed", -1)])
def test_a_setting_out_of_its_range_is_wrong_usage(name: str, value: float):
    with pytest.raises(UsageError, match=f"{name} is .* lies between"):
        TopicSettings(**{name: value})


def test_importing_topics_loads_no_topic_library():
    import subprocess
    import sys

    heavy = ("bertopic", "umap", "hdbscan", "sklearn", "numba", "rjieba")
    code = f"import sys, analysis.topics.topics; print([name for name in {heavy} if name in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"


def test_an_error_about_topics_names_the_file_that_the_user_gave(tmp_path: Path) -> None:
    votes = pd.DataFrame({"model_a": ["a"] * 5, "model_b": ["b"] * 5, "winner": ["tie"] * 5, "prompt": ["hi"] * 5})
    votes.to_csv(tmp_path / "few.csv", index=False)
    with pytest.raises(InputError, match=r"^few\.csv: topics need at least"):
        topics(tmp_path / "few.csv")
