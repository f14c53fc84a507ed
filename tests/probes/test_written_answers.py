from scanner.probes.written_answers import written_answers


def test_a_table_becomes_answers_by_path():
    table = {"answers": {"/": {"body": "a", "headers": {"Server": "X"}}, "/b": {"status": 503}}}
    answers = written_answers(table)
    assert (answers["/"].status, answers["/"].body, answers["/"].header("server")) == (200, b"a", "X")
    assert (answers["/b"].status, answers["/b"].body) == (503, b"")
    assert written_answers({}) == {}
