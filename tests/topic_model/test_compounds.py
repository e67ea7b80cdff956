from analysis.topic_model.compounds import grown


def test_a_bigram_that_always_has_the_same_neighbour_grows_to_the_word():
    text = "学机器学习。用机器学习画。讲机器学习课。"
    assert grown(["器学"], text) == ["机器学习"]
    assert grown(["机器", "器学", "学习"], text) == ["机器学习"]


def test_a_word_with_many_neighbours_stays():
    assert grown(["天气"], "好天气。坏天气了。热天气吗") == ["天气"]


def test_words_of_spaced_scripts_stay():
    assert grown(["python", "是的"], "python python") == ["python", "是的"]
