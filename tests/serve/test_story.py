"""Thirty runs in a file and in a real PostgreSQL: one answer to each question, in the table, in JSON, on the page."""

import json
import re
from html import unescape

import pytest

from scanner.cli.main import run
from scanner.core.exit_code import ExitCode
from scanner.history.store.add import add_run
from scanner.history.store.open import Store
from scanner.history.store.place import read_place
from scanner.net.clock import Clock
from tests.history.store.conftest import as_root, cluster, postgresql  # noqa: F401 - fixtures by name
from tests.history.store.told import (
    ACCEPTED,
    FIXED,
    FLAPS,
    GROWS,
    LATE,
    NOW,
    STAYS,
    VANISHES,
    found,
    run_of,
    time_of,
)  # fmt: skip
from tests.serve.conftest import serving

MOVED = "10.0.0.99"
ALL = {STAYS, FIXED, FLAPS, VANISHES, GROWS, MOVED, ACCEPTED, LATE}


class Now(Clock):
    def utc(self):
        return NOW


@pytest.fixture(scope="module")
def told_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("story") / "story.db"
    return tell(str(path))


@pytest.fixture(scope="module")
def told_server(postgresql):  # noqa: F811
    return tell(postgresql())


def tell(url):
    with Store(read_place(url)) as store:
        for day in range(1, 31):
            add_run(store, run_of(day), NOW)
    return url


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.real)])
def place(request, monkeypatch):
    monkeypatch.setattr(Clock, "utc", Now.utc)
    return request.getfixturevalue("told_file" if request.param == "sqlite" else "told_server")


@pytest.fixture
def ask(place, capsys):
    """Ask in all ways; return the table, the JSON of the command, that of the API, and the text of the page."""

    async def asked(words, path, page_path):
        texts = []
        for more in ([], ["--json"]):
            assert run(["history", *words, "--history", place, *more]) == ExitCode.CLEAN
            texts.append(capsys.readouterr().out)
        with Store(read_place(place), make=False) as store:
            async with serving(store) as page:
                _, answer = await page.get(f"/api/v1/{path}")
                _, html = await page.get(page_path)
        body = html.partition("<main")[2]
        labels = " ".join(re.findall(r'aria-label="([^"]*)"', body))
        return texts[0], json.loads(texts[1]), json.loads(answer), unescape(re.sub(r"<[^>]*>", " ", body) + labels)

    return asked


def hosts(text):
    return set(re.findall(r"10\.0\.0\.\d+", text))


@pytest.mark.parametrize(
    ("words", "query", "right"),
    [
        ([], "", ALL - {FIXED}),
        (["--since", time_of(28)], f"since={time_of(28)}", {FLAPS, LATE}),
        (["--state", "gone"], "state=gone", {FIXED}),
        (["--state", "inconclusive"], "state=inconclusive", {VANISHES}),
        (["--owner", "ops"], "owner=ops", {STAYS}),
        (["--severity", "critical"], "severity=critical", {GROWS}),
        (["--accepted"], "accepted=yes", {ACCEPTED}),
        (["--grep", "10.0.0.99"], "text=10.0.0.99", {MOVED}),
    ],
)
async def test_which_findings(ask, words, query, right):
    table, said, answered, page = await ask(["findings", *words], f"findings?{query}", f"/findings?{query}")
    assert said["rows"] == answered["rows"]
    assert answered["total"] == len(right)
    assert {row["place"].partition(":")[0] for row in said["rows"]} == right
    assert hosts(table) == right
    assert hosts(page.partition("Accepted")[2]) - (hosts(query) if query else set()) == right - (
        hosts(query) if query else set()
    )


@pytest.mark.parametrize(
    ("host", "events", "words"),
    [
        (FIXED, ["new:01", "gone:10"], ["open for", "9 d", "the service refuses strangers now"]),
        (FLAPS, ["new:01", "gone:05", "back:10", "gone:15", "back:20", "gone:25", "back:30"], ["3 times"]),
        (VANISHES, ["new:01", "inconclusive:15"], ["inconclusive"]),
        (GROWS, ["new:01", "changed:20"], ["medium is now critical"]),
        (ACCEPTED, ["new:01", "accepted:05"], ["accepted"]),
        (LATE, ["new:28"], ["33 d"]),
    ],
)
async def test_what_happened_to_one(ask, host, events, words):
    digits = found(host).fingerprint
    table, said, answered, page = await ask(["show", digits[:12]], f"findings/{digits}", f"/findings/{digits}")
    assert said == answered
    assert [f"{one['event']}:{one['at'][8:10]}" for one in said["events"]] == events
    for text in (table, page):
        happened = re.findall(
            r"2026-11-(\d\d)T06:00:00Z\s+(new|gone|back|changed|inconclusive|accepted)\b",
            text.partition("Latest runs")[0],
        )
        assert [f"{turn}:{day}" for day, turn in happened] == events
        assert said["first_seen"] in text
        assert said["last_seen"] in text
    for word in words:
        assert word.lower() in table.lower()
        assert word.lower() in page.lower()


async def test_how_many_were_open_on_each_day(ask):
    table, said, answered, page = await ask(["trend", "--since", "2026-11-01"], "trend?since=2026-11-01", "/")
    assert said["rows"] == answered["rows"]
    days = {row["day"]: row for row in said["rows"]}
    assert (days["2026-11-20"]["critical"], days["2026-11-20"]["new"], days["2026-11-25"]["gone"]) == (1, 1, 1)
    cells = next(line.split() for line in table.splitlines() if "2026-11-20" in line)
    assert cells == ["2026-11-20", *(str(days["2026-11-20"][name]) for name in list(days["2026-11-20"])[1:])]
    total = sum(days["2026-11-30"][name] for name in ("critical", "high", "medium", "low", "info"))
    assert f"Open findings from 2026-11-01 to 2026-12-31: 7 at first, {total} at last" in page
    assert "100.0% at last" in page


@pytest.mark.parametrize(("by", "group"), [("severity", "high"), ("owner", "web"), ("rule", "redis-no-password")])
async def test_how_fast_they_are_closed(ask, by, group):
    table, said, answered, page = await ask(["fix-time", "--by", by], f"fix-time?by={by}", f"/times?by={by}")
    assert said["rows"] == answered["rows"]
    (row,) = [row for row in said["rows"] if row[by] == group]
    assert (row["fixed"], row["median_s"], row["p90_s"]) == (1, 777_600, 777_600)
    line = next(line for line in table.splitlines() if line.startswith(group))
    assert re.split(r"\s{2,}", line)[1:4] == ["1", "9 d", "9 d"]
    assert re.search(rf"{group}\s+1\s+9 d\s+9 d", page)


async def test_which_runs(ask):
    table, said, answered, page = await ask(["runs"], "runs", "/runs")
    assert said["rows"] == answered["rows"]
    names = [f"run-{day}-" for day in range(30, 0, -1)]
    assert [row["run"] for row in said["rows"]] == names
    for text in (table, page):
        assert re.findall(r"run-\d+-(?!\w)", text)[:30] == names


async def test_what_is_accepted_and_what_is_exported_and_measured(place, capsys):
    for words in (["metrics"], ["export"]):
        assert run(["history", *words, "--history", place]) == ExitCode.CLEAN
    told = capsys.readouterr().out
    with Store(read_place(place), make=False) as store:
        async with serving(store) as page:
            _, metrics = await page.get("/metrics")
            _, accepted = await page.get("/accepted")
            _, compared = await page.get("/runs/compare?earlier=9&later=10")
    assert told.startswith(metrics)
    lives = [json.loads(line) for line in told.removeprefix(metrics).splitlines()]
    assert {life["finding"]["address"] for life in lives} == ALL
    assert (hosts(accepted), "mirror" in accepted) == ({ACCEPTED}, True)
    assert re.findall(r"<h2>(\w+) \((\d+)\)", compared) == [
        ("New", "1"), ("Gone", "1"), ("Unknown", "0"), ("Unchanged", "5"),
    ]  # fmt: skip
