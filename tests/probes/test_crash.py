from scanner.probes.crash import describe_crash


def test_a_crash_is_one_clean_line_that_says_who_and_where():
    try:
        raise ZeroDivisionError("\x1b[2Jboom")
    except ZeroDivisionError as error:
        told = describe_crash(error, "toy")
    assert told.startswith("toy: ZeroDivisionError: ")
    assert "test_crash.py:" in told
    assert "\x1b" not in told
