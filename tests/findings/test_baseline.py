from dataclasses import replace

from scanner.core.finding import FindingState
from scanner.findings.baseline import mark_known
from scanner.findings.change import Fate, compare
from scanner.findings.identity import identify
from tests.findings.samples import endpoint, plan, target
from tests.report.samples import finding, report


def on(address, name=None):
    here = endpoint(address, name=name)
    ids = identify("r", here, plan(target(address, name=name)))
    return replace(finding(address), rule="r", endpoint=here, fingerprint=ids.fingerprint, aliases=ids.aliases)


def marked(before, now):
    return mark_known(report(*now), report(*before)).findings


def test_a_name_makes_nothing_new_or_gone():
    # NEWCOMER 5.
    for before, now in (((None,), ("db",)), (("db",), (None,)), (("db",), ("database",))):
        old, new = on("10.0.0.5", *before), on("10.0.0.5", *now)
        (known,) = marked([old], [new])
        assert (known.state, known.fingerprint) == (FindingState.KNOWN, old.fingerprint)
        assert [change.fate for change in compare(report(old), report(new))] == [Fate.UNCHANGED]


def test_a_named_machine_at_a_new_address_keeps_its_finding_and_its_id():
    old, new = on("10.0.0.5", "db"), on("10.0.0.9", "db")
    (known,) = marked([old], [new])
    assert (known.state, known.fingerprint) == (FindingState.KNOWN, old.fingerprint)
    assert new.fingerprint in known.aliases
    assert [change.fate for change in compare(report(old), report(new))] == [Fate.UNCHANGED]


def test_what_stands_at_its_old_address_is_new():
    old, moved, newcomer = on("10.0.0.5", "db"), on("10.0.0.9", "db"), on("10.0.0.5", "web")
    first, second = marked([old], [newcomer, moved])
    assert (first.state, second.state) == (FindingState.NEW, FindingState.KNOWN)
    assert first.fingerprint != second.fingerprint == old.fingerprint


def test_a_baseline_that_was_written_before_names_were_aliases_still_holds():
    now = on("10.0.0.5", "db")
    (known,) = marked([replace(on("10.0.0.5", "db"), fingerprint=now.aliases[0], aliases=())], [now])
    assert (known.state, known.fingerprint) == (FindingState.KNOWN, now.fingerprint)


def test_first_seen_is_carried_on():
    old = replace(on("10.0.0.5"), first_seen="2025-01-01T00:00:00Z")
    assert marked([old], [on("10.0.0.5", "db")])[0].first_seen == "2025-01-01T00:00:00Z"
