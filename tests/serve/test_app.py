import json

import pytest

from scanner.cli.main import run
from scanner.core.errors import StoreError
from scanner.core.exit_code import ExitCode
from scanner.history.store.open import Store
from scanner.serve import api, entrance
from tests.history.store.told import HOSTS, found
from tests.serve.conftest import HOSTILE, TOKEN, connected
from tests.support.schemas import strict_validator

PAGES = (
    "/",
    "/times",
    "/times?by=rule",
    "/findings",
    "/findings?state=all",
    "/assets",
    "/runs",
    "/accepted",
    "/runs/compare?earlier=1&later=5",
)
FINGERPRINT = found(HOSTS[0]).fingerprint


@pytest.mark.parametrize(
    "path", [*PAGES, f"/findings/{FINGERPRINT}", "/metrics", "/api/v1/findings", "/api/v1/openapi.json"]
)
async def test_nobody_sees_anything_without_a_token_or_session(page, path):
    for token in ("", "wrong"):
        answer, text = await page.get(path, token=token)
        assert answer.status == 401
        assert HOSTS[0] not in text
        assert (await page.get("/nothing/there", token=token))[1] == "sign in\n"
    answer, _ = await page.get(path)
    assert answer.status == 200


@pytest.mark.parametrize("path", [*PAGES, f"/findings/{FINGERPRINT}"])
async def test_nothing_from_the_network_becomes_markup(page, path):
    answer, text = await page.get(path)
    assert "<script" not in text
    assert "<img" not in text
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"


async def test_filters_stand_in_the_url(page):
    _, text = await page.get("/findings?severity=critical")
    assert HOSTS[1] in text
    assert HOSTS[0] not in text
    _, text = await page.get("/findings?state=gone")
    assert (HOSTS[3] in text, HOSTS[0] in text) == (True, False)
    _, text = await page.get(f"/findings?text={HOSTS[2]}&after=99999999999999999999&state=nonsense")
    assert "1 finding" in text


async def test_two_runs_are_compared(page):
    _, text = await page.get("/runs/compare?earlier=1&later=5")
    assert "Gone (1)" in text
    assert "Unchanged (3)" in text
    for words, status in (("earlier=x&later=5", 400), ("earlier=1&later=99", 404), ("earlier=99&later=1", 404)):
        answer, _ = await page.get(f"/runs/compare?{words}")
        assert answer.status == status


async def test_the_api_says_what_the_command_line_says(page, capsys):
    _, text = await page.get("/api/v1/findings?state=all")
    document = json.loads(text)
    assert (document["total"], len(document["rows"]), document["schema"]) == (4, 4, "exposure-scanner/history/v1")
    _, text = await page.get(f"/api/v1/findings/{FINGERPRINT[:12]}")
    assert [event["event"] for event in json.loads(text)["events"]] == ["new"]
    _, text = await page.get("/api/v1/trend?since=2026-11-01")
    assert {"day", "critical", "new", "gone"} <= set(json.loads(text)["rows"][0])
    for question, words in (("runs", []), ("trend", ["--since", "2026-11-01"]), ("fix-time", ["--by", "owner"])):
        assert run(["history", question, *words, "--history", page.store, "--json"]) == ExitCode.CLEAN
        said = json.loads(capsys.readouterr().out)
        _, text = await page.get(f"/api/v1/{question}{'?' if words else ''}{'='.join(words).removeprefix('--')}")
        assert json.loads(text) == said
        assert said["rows"]
    _, text = await page.get("/api/v1/assets?text=redis")
    assert [row["address"] for row in json.loads(text)["rows"]] == list(HOSTS[:4])
    _, text = await page.get("/api/v1/compare?earlier=1&later=5")
    document = json.loads(text)
    assert document["totals"] == {"new": 0, "gone": 1, "unknown": 0, "unchanged": 3}
    assert [row["place"] for row in document["rows"] if row["fate"] == "gone"] == [f"{HOSTS[3]}:6379"]


@pytest.mark.parametrize(
    ("path", "definition"),
    [
        ("findings?state=all", "findings"),
        (f"findings/{FINGERPRINT[:12]}", "show"),
        ("runs", "runs"),
        ("assets", "assets"),
        ("compare?earlier=1&later=5", "compare"),
        ("trend?since=2026-11-01", "trend"),
        ("fix-time?by=rule", "fix-time"),
        ("fix-time?by=x", "error"),
    ],
)
async def test_every_key_of_the_api_is_declared(page, path, definition):
    _, text = await page.get(f"/api/v1/{path}")
    document = json.loads(text)
    assert document.get("rows", document)
    assert [one.message for one in strict_validator("history-v1.json", definition).iter_errors(document)] == []


@pytest.mark.parametrize(
    ("path", "status", "why"),
    [
        ("fix-time?by=x", 400, "by is one of owner, rule, severity"),
        ("trend?since=x", 400, "x is no day"),
        ("findings?severity=worst", 400, "severity can't be worst"),
        ("findings?owners=ops", 400, "there is no parameter owners"),
        ("compare?earlier=1", 400, "numbers of runs"),
        ("compare?earlier=1&later=99", 404, "there is no run 99"),
        ("findings/" + "0" * 64, 404, "no finding of the history"),
        ("nothing", 404, "Not Found"),
        ("findings/" + "%00" * 9, 404, "Not Found"),
    ],
)
async def test_an_error_of_the_api_is_json(page, path, status, why):
    answer, text = await page.get(f"/api/v1/{path}")
    assert (answer.status, answer.content_type) == (status, "application/json")
    assert why in json.loads(text)["error"]
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


async def test_a_method_or_a_history_that_fails_is_json_too(page, monkeypatch):
    async with page.client.put(page.url + "/api/v1/runs", headers={"Origin": page.url}) as answer:
        assert (answer.status, answer.content_type) == (401, "application/json")
    headers = {"Origin": page.url, "Authorization": f"Bearer {TOKEN}"}
    async with page.client.put(page.url + "/api/v1/runs", headers=headers) as answer:
        assert (answer.status, await answer.json()) == (405, {"error": "Method Not Allowed"})

    def broken(_store):
        raise StoreError("h.db can't be used: disk I/O error")

    monkeypatch.setattr(Store, "reading", broken)
    for path, told in (("/api/v1/runs", '{"error": "the history can\'t be read now"}'), ("/runs", "can't be read")):
        answer, text = await page.get(path)
        assert answer.status == 503
        assert told in text
        assert "h.db" not in text


async def test_pages_follow_each_other(page, monkeypatch):
    monkeypatch.setattr(api, "PAGE", 2)
    after, rows = "", []
    while after is not None:
        _, text = await page.get(f"/api/v1/findings?state=all{after and '&after=' + after}")
        document = json.loads(text)
        rows += [row["place"] for row in document["rows"]]
        assert document["total"] == 4
        after = document["after"]
    assert sorted(rows) == [f"{host}:6379" for host in HOSTS[:4]]


@pytest.mark.parametrize(
    "path",
    ["/findings/%2e%2e%2f%2e%2e%2fetc%2fpasswd", "/style.css/../../etc/passwd", "/..%2f..%2fetc/passwd",
     "/findings/zzzzzzzz", "/findings/" + "0" * 64, "/%00", "/static/x"],
)  # fmt: skip
async def test_there_is_nothing_beside_the_pages(page, path):
    answer, text = await page.get(path)
    assert answer.status == 404
    assert "root:" not in text


async def test_a_session_begins_with_a_sign_in_and_ends_with_a_sign_out(page):
    answer, _ = await page.post("/login", {"secret": TOKEN})
    assert (answer.status, answer.headers["Location"]) == (303, "/")
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert (await page.get("/", token=""))[0].status == 200
    assert (await page.get("/login", token=""))[0].status == 303
    await page.post("/logout")
    assert (await page.get("/", token=""))[0].status == 401


async def test_wrong_secrets_wait_longer_and_longer(page):
    answers = [(await page.post("/login", {"secret": f"wrong{number}"}))[0] for number in range(7)]
    assert [answer.status for answer in answers[:4]] == [401] * 4
    assert [answer.status for answer in answers[4:]] == [429] * 3
    assert int(answers[-1].headers["Retry-After"]) >= 1
    # The right one has to wait as well: else a guess would cost nothing.
    assert (await page.post("/login", {"secret": TOKEN}))[0].status == 429


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:1"])
async def test_a_form_of_another_site_does_nothing(page, origin):
    assert (await page.post("/login", {"secret": TOKEN}, origin=origin))[0].status == 403
    assert (await page.post("/login", {"secret": TOKEN}, Sec_Fetch_Site="cross-site"))[0].status == 403


async def test_another_name_of_the_server_lets_nobody_in(page):
    answer, text = await page.get("/findings", headers={"Host": "evil.example"})
    assert (answer.status, HOSTS[0] in text) == (401, False)
    assert (await page.post("/login", {"secret": TOKEN}, origin="http://evil.example", Host="evil.example"))[
        0
    ].status == 421


@pytest.mark.parametrize(
    ("kind", "body", "status"),
    [
        ("multipart/form-data", b"x", 415),
        ("application/x-www-form-urlencoded; charset=utf-8", b"secret=\xff", 400),
        ("application/x-www-form-urlencoded; charset=nonsense", b"secret=x", 400),
    ],
)
async def test_what_is_no_form_is_refused_in_a_line(page, caplog, kind, body, status):
    answer, text = await page.post("/login", body, Content_Type=kind)
    assert (answer.status, text.count("\n"), caplog.text) == (status, 1, "")


async def test_an_origin_that_is_no_url_is_another_site(page, caplog):
    answer, _ = await page.post("/login", {"secret": TOKEN}, origin="http://[")
    assert (answer.status, caplog.text) == (403, "")


@pytest.mark.parametrize(
    "path", ["/runs/compare?earlier=18446744073709551615&later=5", "/api/v1/trend?since=0999-01-01"]
)
async def test_a_number_or_day_that_nobody_has_is_no_fault_of_ours(page, caplog, path):
    answer, _ = await page.get(path)
    assert (answer.status < 500, caplog.text) == (True, "")


async def test_a_form_that_never_comes_is_given_up_with_the_headers_of_every_answer(page, monkeypatch):
    monkeypatch.setattr(entrance, "_BODY_S", 0.0)
    host, _, port = page.url.removeprefix("http://").rpartition(":")
    reader, writer = await connected(int(port))
    form = "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 9"
    writer.write(f"POST /login HTTP/1.1\r\nHost: {host}:{port}\r\nOrigin: {page.url}\r\n{form}\r\n\r\n".encode())
    answer = (await reader.readuntil(b"too slow\n")).decode()
    assert answer.startswith("HTTP/1.1 408 ")
    assert "default-src 'none'" in answer
    writer.close()


async def test_too_large_a_form_is_refused(page):
    assert (await page.post("/login", {"secret": "x" * 100_000}))[0].status == 413


async def test_the_health_is_told_to_anybody_and_nothing_else(page):
    assert (await page.get("/healthz", token=""))[1] == "ok\n"
    assert HOSTILE not in (await page.get("/login", token=""))[1]


async def test_methods_that_are_not_there_are_refused(page):
    async with page.client.request("PUT", page.url + "/findings", headers={"Origin": page.url}) as answer:
        assert answer.status in {401, 405}
