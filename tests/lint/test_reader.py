from scanner.lint.reader import load_readers


def test_readers_are_found_and_tried_in_one_order_each_under_an_id_of_its_own():
    readers = load_readers()
    assert [reader.id for reader in readers] == ["dockerfile", "compose", "configuration", "kubernetes", "terraform"]
    assert [reader.rank for reader in readers] == sorted(reader.rank for reader in readers)
    assert load_readers() is readers


def test_each_opens_some_file_and_none_takes_an_empty_one_of_no_name():
    for reader in load_readers():
        assert reader.names
        assert reader.title
        assert not reader.fits("notes.txt", "")
