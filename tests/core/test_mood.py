from scanner.core.mood import said


def test_a_page_says_what_it_is_given():
    answer = said("{}", 503, content_type="application/json", server="X")
    assert (answer.status, answer.body) == (503, b"{}")
    assert (answer.header("Content-Type"), answer.header("server")) == ("application/json", "X")
    assert (said().status, said().body, said().headers) == (200, b"", ())
