"""Labels, as GitHub, GitLab and Gitea have them; the rest runs against their servers in test_trackers.py."""

import pytest

from scanner.tickets.fields import Fields
from scanner.tickets.forge import changed_labels, label_names, new_labels
from scanner.tickets.marker import LABEL


@pytest.mark.parametrize(
    ("fields", "labels"),
    [
        (Fields(project="a/b"), (LABEL,)),
        (Fields(project="a/b", labels=("security",), priority="P1"), (LABEL, "security", "P1")),
        (Fields(project="a/b", labels=("P1", LABEL), priority="P1"), (LABEL, "P1")),
    ],
)
def test_a_new_ticket_bears_ours_the_configured_ones_and_its_priority_each_once(fields, labels):
    assert new_labels(fields) == labels


@pytest.mark.parametrize(
    "labels", [["a", "b"], [{"name": "a"}, {"name": "b", "id": 2}], ["a", None, {"id": 1}, {"name": ""}, "b", 7]]
)
def test_labels_are_read_as_names_or_as_objects(labels):
    assert label_names({"labels": labels}) == ("a", "b")


@pytest.mark.parametrize("labels", [None, "a,b", 3, {}])
def test_no_list_is_no_label(labels):
    assert label_names({"labels": labels}) == ()


def test_a_change_exchanges_the_priority_and_keeps_what_people_added():
    issue = {"labels": ["P2", "on-hold", "P3"]}
    assert changed_labels(issue, "P1", {"P1", "P2"}) == (LABEL, "on-hold", "P3", "P1")
    assert changed_labels(issue, "", {"P1", "P2"}) == (LABEL, "on-hold", "P3")
