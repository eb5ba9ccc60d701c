from ocr_assets.core.merging import ReadWord, advantage, mean_confidence, merged
from ocr_assets.core.pages import Box, Word
from ocr_assets.core.word_boxes import with_boxes_cut


def line(
    text: str, confidence: float | list[float], y: float = 0.1, x: float = 0.1, known: bool = False
) -> list[ReadWord]:
    """Words of a hundredth of the page a character, with a blank of the same width between them."""
    reads = []
    for number, word in enumerate(text.split()):
        sure = confidence[number] if isinstance(confidence, list) else confidence
        width = 0.01 * len(word)
        reads.append(ReadWord(Word(word, Box(x, y, x + width, y + 0.02), sure), known))
        x += width + 0.01
    return reads


def box(y: float = 0.1) -> Box:
    return Box(0.05, y - 0.005, 0.95, y + 0.025)


def text(words: list[Word]) -> str:
    return " ".join(word.text for word in words)


def test_the_surer_reader_s_word_is_taken_where_they_differ() -> None:
    first = [line("le pidces de théâtre", [0.9, 0.5, 0.9, 0.9])]
    assert text(merged(first, [line("le pièces de théâtre", 0.99)], [box()])) == "le pièces de théâtre"
    first = [line("zurückkamst nun fort", 0.95, known=True)]
    assert text(merged(first, [line("zurücffamfr nun fort", [0.4, 0.99, 0.99])], [box()])) == "zurückkamst nun fort"


def test_words_are_as_sure_as_the_evidence_for_them() -> None:
    alone = merged([line("word", 0.6)], [], [])
    agreed = merged([line("word", 0.6)], [line("word", 0.6)], [box()])
    doubtful = merged([line("word", 0.3)], [line("wood", 0.4)], [box()])
    sure = merged([line("word", 0.3)], [line("wood", 1.0)], [box()])
    assert agreed[0].confidence > sure[0].confidence > alone[0].confidence > doubtful[0].confidence
    assert (text(doubtful), text(sure)) == ("wood", "wood")


def test_lines_that_the_second_reader_did_not_look_at_stay() -> None:
    first = [line("a faint line", 0.4), line("a second line", 0.4, y=0.5)]
    assert text(merged(first, [], [])) == "a faint line a second line"


def test_what_only_a_doubting_first_reader_saw_is_noise() -> None:
    first = [line("|! ;:", 0.3), line("a good line", 0.95, y=0.5)]
    assert text(merged(first, [line("a good line", 0.99, y=0.5)], [box(), box(0.5)])) == "a good line"


def test_words_beside_the_part_that_the_second_reader_looked_at_stay() -> None:
    first = [line("faint |! ;: words", 0.3)]
    assert text(merged(first, [], [Box(0.155, 0.1, 0.215, 0.12)])) == "faint words"


def test_a_line_that_only_the_second_reader_saw_goes_below_the_one_above_it() -> None:
    first = [line("one two", 0.9, y=0.1), line("five six", 0.9, y=0.3)]
    assert text(merged(first, [line("three four", 0.99, y=0.2)], [box(0.2)])) == "one two three four five six"


def test_a_line_that_neither_is_sure_of_is_left_out() -> None:
    assert merged([], [line("scribble here", 0.5)], [box()]) == []


def test_every_word_of_a_page_read_twice_alike_is_there_once() -> None:
    first = [line(f"line number {n}", 0.9, y=n / 50) for n in range(1, 40)]
    second = [line(f"line number {n}", 0.95, y=n / 50) for n in range(1, 40)]
    words = merged(first, second, [box(n / 50) for n in range(1, 40)])
    assert text(words) == " ".join(f"line number {n}" for n in range(1, 40))


def test_words_of_a_right_to_left_line_keep_their_order() -> None:
    words = line("ثالث ثان أول", 0.9)
    first = [words[::-1]]
    assert text(merged(first, [words], [box()])) == "أول ثان ثالث"


def test_a_reader_has_an_advantage_where_it_is_surer_and_none_where_they_agree() -> None:
    first = [line("tbe quiok fox", 0.6)]
    assert advantage(first, [line("the quick fox", 0.99)]) > 0
    assert advantage([line("the quick fox", 0.9, known=True)], [line("tbe quiok fox", 0.5)]) < 0
    assert advantage(first, first) == 0


def test_confidence_is_weighted_by_length_and_nothing_has_none() -> None:
    assert mean_confidence([line("aaa b", [1.0, 0.0])]) == 0.75
    assert mean_confidence([]) == 0.0


def test_a_lone_ideograph_on_a_page_without_others_is_a_speck() -> None:
    first, second = [line('the same "', [0.9, 0.9, 0.2])], [line("the same 韵", 0.99)]
    assert text(merged(first, second, [box()])) == "the same"
    chinese = line("中文 文", 0.99, y=0.4)
    assert "韵" in text(merged(first, [*second, chinese], [box(), box(0.4)]))


def test_what_both_read_alike_on_a_page_of_scrawl_is_no_surer_for_that() -> None:
    first = [line("on", 0.42), line("wn rer al py", 0.3, y=0.5)]
    scrawl = merged(first, [line("on", 0.97)], [box()])
    assert scrawl[0].text == "on"
    assert scrawl[0].confidence < 0.5
    readable = merged([line("on", 0.42), line("a page of clear print", 0.9, y=0.5)], [line("on", 0.97)], [box()])
    assert readable[0].confidence > 0.9


def test_a_word_of_which_one_reader_saw_only_a_piece_is_the_other_s() -> None:
    whole, beginning, end = (line(text, 0.8) for text in ("les instincts", "les ins", "les"))
    end.append(ReadWord(Word("ncts", Box(0.19, 0.1, 0.23, 0.12), 0.93)))
    assert text(merged([end], [whole], [box()])) == "les instincts"
    assert text(merged([whole], [line("les ins", 0.99)], [box()])) == "les instincts"
    assert text(merged([beginning], [whole], [box()])) == "les instincts"


def test_a_known_word_is_no_piece_of_one_to_which_the_second_reader_adds_what_shows_through() -> None:
    first, second = [line("a large", 0.95, known=True)], [line("a largesqed", [0.9, 0.7])]
    assert text(merged(first, second, [box()])) == "a large"


def test_a_doubtful_word_stays_beside_what_the_second_reader_was_asked() -> None:
    first = [line("ohne Zweifel dag", [0.95, 0.4, 0.4])]
    second, asked = [line("ohne", 0.9)], [Box(0.09, 0.095, 0.15, 0.125)]
    assert text(merged(first, second, asked, found=[box()])) == "ohne Zweifel dag"
    assert text(merged(first, second, asked, found=asked)) == "ohne"
    assert text(merged([line("ohne | —", [0.95, 0.4, 0.4])], second, asked, found=[box()])) == "ohne"


def test_a_line_that_was_not_asked_about_loses_no_word_to_the_line_above_it() -> None:
    above = line("a fait le prin-", 0.95)
    below = [ReadWord(Word("Gipal", Box(0.1, 0.105, 0.15, 0.15), 0.0)), *line("élément de son", 0.95, y=0.13, x=0.16)]
    asked = [Box(0.09, 0.095, 0.16, 0.125)]
    assert (
        text(merged(with_boxes_cut([above, below]), [line("a", 0.99)], asked)) == "a fait le prin- Gipal élément de son"
    )
