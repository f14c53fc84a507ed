import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.cluster.names import Chunk, chunk_of_job, chunk_of_outcome, is_run, new_run, read_word
from scanner.core.errors import Malformed

RUN = "0123456789abcdef"


def test_a_chunk_is_read_back_from_its_subjects():
    chunk = Chunk(RUN, "dmz-2", 17)
    assert chunk_of_job(chunk.job) == chunk
    assert chunk_of_outcome(chunk.outcome) == chunk
    assert is_run(new_run())


@pytest.mark.parametrize("word", ["", "a b", "a.b", "a*", ">", "ä", "a" * 49, "a\n"])
def test_a_word_that_would_be_more_than_one_token_is_refused(word):
    with pytest.raises(ValueError, match="letters"):
        read_word(word)


@pytest.mark.parametrize("read", [chunk_of_job, chunk_of_outcome])
@given(
    st.text(max_size=60)
    | st.lists(st.text(max_size=8), max_size=6).map(".".join)
    | st.sampled_from([f"exposure.job.dmz.{RUN}.0", f"exposure.job.dmz.{RUN}.9999999", "exposure.job.dmz.ABC.1"])
)
def test_any_other_subject_is_malformed(read, subject):
    with pytest.raises(Malformed):
        read(subject)
