from ipaddress import ip_address

from scanner.core.address import to_number
from scanner.core.intervals import Intervals
from scanner.core.ports import Transport
from scanner.core.problem import ProblemKind
from scanner.core.scope import Scope
from scanner.targets.imports.found import Found, Import
from scanner.targets.imports.taken import found_targets, import_problems

ADDRESS = ip_address("10.0.0.5")
SCOPE = Scope(Intervals([(to_number(ADDRESS), to_number(ADDRESS))]))


def found(port, host=None, address=ADDRESS):
    return Found(address, port, Transport.TCP, host)


def targets(*ports):
    made, problems = found_targets(ports, SCOPE)
    return [(target.text, target.host, target.port) for target in made], [problem.detail for problem in problems]


def test_an_address_is_one_target_however_many_ports_it_has():
    assert targets(*map(found, range(1, 2000))) == ([("10.0.0.5", None, None)], [])
    assert targets(found(1, "a.example"), found(2, "a.example")) == ([("10.0.0.5", "a.example", None)], [])


def test_ports_with_names_of_their_own_are_targets_of_their_own():
    made, problems = targets(found(1, "a.example"), found(2, "b.example"), found(3))
    assert made == [
        ("10.0.0.5", None, None),
        ("10.0.0.5:1", "a.example", 1),
        ("10.0.0.5:2", "b.example", 2),
    ]
    assert problems == []


def test_an_endpoint_with_several_names_is_asked_under_the_first_and_says_so():
    made, (detail,) = targets(found(1, "a.example"), found(1, "b.example"), found(1, "a.example"))
    assert made == [("10.0.0.5", "a.example", None)]
    assert detail.startswith("asked as a.example alone, not as b.example;")


def test_what_is_outside_the_scope_is_no_target():
    assert targets(found(1, address=ip_address("10.0.0.6"))) == ([], [])


def test_problems_say_what_was_left_out_and_which_files_are_empty():
    known = Import()
    known.leave_out("SCTP is not spoken here", "10.0.0.5:1/sctp")
    assert [problem.kind for problem in import_problems([("a.xml", known)])] == [
        ProblemKind.IMPORT_LEFT_OUT,
        ProblemKind.IMPORT_UNFINISHED,
    ]
    assert [problem.kind for problem in import_problems([("a.xml", Import(ended=True))])] == [
        ProblemKind.IMPORT_NOTHING_OPEN
    ]
    known = Import(ended=True)
    known.take("10.0.0.5", 1, "tcp")
    assert list(import_problems([("a.xml", known)])) == []
