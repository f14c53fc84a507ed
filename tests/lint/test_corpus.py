from scanner.core.guard import Guard
from tests.lint.corpus import corpus, score, verdicts


def test_the_corpus_is_large_and_open_is_said_where_it_is_so(tmp_path):
    result = score(tmp_path)
    assert len(corpus()) >= 150
    assert result.precision >= 0.95, result.wrong
    assert result.recall >= 0.85, result.missed


def test_what_a_file_does_not_tell_is_never_called_open_or_closed(tmp_path):
    for one in corpus():
        said = verdicts(one, tmp_path)
        assert one.unknown <= said[Guard.UNKNOWN], one.text
