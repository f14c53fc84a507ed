import pytest

from tests.support.standins import see_stand_in


@pytest.mark.parametrize(
    ("title", "rule", "evidence"),
    [("waits for its owner", "n8n-unclaimed", {"owner": False}), ("without users", "n8n-no-auth", {"workflows": 1})],
)
def test_a_start_page_at_every_path_does_not_hide_an_open_instance(title, rule, evidence):
    verdict = see_stand_in("n8n", "open", title=title)
    assert (verdict.status, verdict.rules) == ("exposed", [rule])
    assert dict(verdict.row.evidence) == evidence
    assert verdict.row.decoy is None


def test_an_instance_with_an_owner_is_protected():
    verdict = see_stand_in("n8n", "protected")
    assert (verdict.status, verdict.rules) == ("protected", [])
    assert verdict.row.decoy is None
