from tests.support.checks import wrong_examples


def test_the_examples_are_judged_as_written():
    assert wrong_examples("observability/exposure-serve") == []
