"""The index gives what asking every probe in turn would give, and what it costs does not grow with the catalogue."""

from ipaddress import ip_address

import pytest

from scanner.core.endpoint import Endpoint
from scanner.core.ports import Transport
from scanner.core.probe import Fingerprint, Greeting
from scanner.core.talk import HttpAnswer
from scanner.probes import fingerprints
from scanner.probes.choose_probes import greeted_by, is_default_port
from scanner.probes.fingerprints import Front, fits
from scanner.probes.probe_index import ProbeIndex, indexed
from scanner.probes.registry import load_registry
from tests.support.probes import toy

HERE = Endpoint(ip_address("10.0.0.5"), 6379)
CATALOGUE = load_registry().probes


def ids(probes):
    return [probe.id for probe in probes]


def test_whoever_speaks_first_gets_the_fresh_connection():
    index = ProbeIndex((toy(identifier="late"), toy(identifier="first", speaks_first=True)))
    assert ids(index.at_home(HERE)) == ["first", "late"]
    assert index.at_home(Endpoint(HERE.address, 6380)) == []


def test_it_is_the_sequence_of_its_probes_and_made_once():
    index = indexed(CATALOGUE)
    assert tuple(index) == tuple(CATALOGUE)
    assert (len(index), index[3], index[1:3]) == (len(CATALOGUE), CATALOGUE[3], CATALOGUE[1:3])
    assert indexed(index) is index


def test_homes_are_those_that_every_probe_names():
    index = ProbeIndex(CATALOGUE)
    for port, transport in {(default.port, default.transport) for probe in CATALOGUE for default in probe.ports}:
        there = Endpoint(HERE.address, port, transport)
        assert set(ids(index.at_home(there))) == {one.id for one in CATALOGUE if is_default_port(one, there)}
    assert index.at_home(Endpoint(HERE.address, 161, Transport.TCP)) == []


def test_greetings_are_compared_where_they_stand():
    index = ProbeIndex(CATALOGUE)
    for said in (b"", b"x", *(b"?" * one.offset + one.start + b"!" for probe in CATALOGUE for one in probe.greetings)):
        assert ids(index.greeted_by(said)) == [one.id for one in CATALOGUE if greeted_by(one, said)]


def fronts():
    """Yield a front page for each fingerprint of the catalogue, alone and beside its neighbour's."""
    marks = [one for probe in CATALOGUE for one in probe.fingerprints]
    for one, other in zip(marks, marks[1:] + marks[:1], strict=True):
        for fitting in ((one,), (one, other)):
            status = next((mark.status for mark in fitting if mark.status is not None), 299)
            headers = tuple((mark.header[0].lower(), f"A {mark.header[1]} b") for mark in fitting if mark.header)
            keys = [f'"{mark.json_key}": 1' for mark in fitting if mark.json_key]
            title = " ".join(mark.title for mark in fitting if mark.title)
            text = " ".join(mark.body for mark in fitting if mark.body)
            body = "{" + ",".join(keys) + "}" if keys else (f"<title>{title}</title>" if title else "") + text
            yield HttpAnswer(status=status, headers=headers, body=body.encode())


@pytest.mark.parametrize("wordless", [False, True])
def test_marks_are_those_that_every_probe_would_find(wordless):
    index = ProbeIndex(CATALOGUE)
    for answer in fronts():
        expected = sorted(
            (one for one in CATALOGUE if weight(one, answer, wordless=wordless)),
            key=lambda one: -weight(one, answer, wordless=wordless),
        )
        assert ids(index.marked(answer, wordless=wordless)) == ids(expected)


def weight(probe, answer, *, wordless):
    front = Front.of(answer)
    counting = [one for one in probe.fingerprints if not wordless or one.status is not None or one.header is not None]
    return max((fingerprints._weight(one) for one in counting if fits(front, one)), default=0)


def test_icons_name_those_who_ship_them():
    index = ProbeIndex((toy(identifier="a", icons=(7, 8)), toy(identifier="b", icons=(8,))))
    assert (ids(index.shipping(8)), ids(index.shipping(7)), index.shipping(9), index.shipping(None)) == (
        ["a", "b"],
        ["a"],
        [],
        [],
    )


def test_strangers_are_taken_from_a_copy():
    index = ProbeIndex((toy(identifier="a", ports=(1,)), toy(identifier="b", ports=(2,))))
    for _ in range(2):
        left = index.strangers(HERE)
        assert [left.take([]).id for _ in range(len(left))] == ["a", "b"]


@pytest.mark.parametrize("count", [100, 1_000])
def test_a_larger_catalogue_costs_an_endpoint_no_more(monkeypatch, count):
    others = [
        toy(
            identifier=f"other-{number}",
            ports=(number + 10_000,),
            greetings=(Greeting(start=b"GREETS %04d" % number),),
            fingerprints=(
                Fingerprint(header=("server", f"other/{number}")),
                Fingerprint(json_key=f"key{number}"),
                Fingerprint(title=f"Other {number} page"),
                Fingerprint(status=300 + number),
            ),
        )
        for number in range(count)
    ]
    asked = []
    monkeypatch.setattr(fingerprints, "fits", lambda front, one: asked.append(one) or fits(front, one))
    index = ProbeIndex([*others, toy(identifier="mine", fingerprints=(Fingerprint(header=("server", "mine")),))])
    answer = HttpAnswer(status=200, headers=(("server", "mine/1.0"),), body=b"<title>Mine</title>")
    assert ids(index.marked(answer)) == ["mine"]
    assert len(asked) == 1
