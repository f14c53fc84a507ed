"""Every question that a page, the JSON API or a command asks of a history, by name."""

from dataclasses import replace

from scanner.core.finding import Severity
from scanner.history.store.ask import compared, latest_run, oldest, open_by_severity, owners, runs, story
from scanner.history.store.assets import assets
from scanner.history.store.figures import By, coverage, fix_times, trend
from scanner.history.store.life import NOT_GONE, Shows
from scanner.history.store.metrics import exposition
from scanner.history.store.walk import Place, Wanted, page


def questions(now, first, last, fingerprint, run):
    """Return name -> question; `first` and `last` are days, `run` the number of one that has another before it."""
    gone, size = Wanted(shows=(Shows.GONE,)), 50

    def listed(wanted, **more):
        return lambda connection: page(connection, wanted, size=size, **more)

    def second(connection):
        return page(connection, gone, size=size, after=page(connection, gone, size=size).later)

    return {
        "open by severity": open_by_severity,
        "trend of 90 days": lambda connection: list(trend(connection, first, last)),
        "coverage of 90 days": lambda connection: coverage(connection, first, last),
        "fix times by severity": lambda connection: fix_times(connection, By.SEVERITY),
        "fix times by owner": lambda connection: fix_times(connection, By.OWNER),
        "fix times by rule": lambda connection: fix_times(connection, By.RULE),
        "oldest": lambda connection: list(oldest(connection, 10)),
        "owners": owners,
        "findings, all": listed(Wanted()),
        "findings, not gone": listed(Wanted(shows=NOT_GONE)),
        "findings, the last page": listed(Wanted(), before=Place("9", 10**6)),
        "gone, the second page": second,
        "gone, high or graver": listed(replace(gone, least=Severity.HIGH)),
        "of an owner": listed(Wanted(owner="team3")),
        "of an owner who has none": listed(Wanted(owner="nobody")),
        "of an owner, by a rule": listed(Wanted(owner="team3", rule="redis-no-password")),
        "of an owner, open and accepted": listed(Wanted(owner="team3", shows=NOT_GONE, accepted=True)),
        "by a rule": listed(Wanted(rule="redis-no-password")),
        "inconclusive": listed(Wanted(shows=(Shows.INCONCLUSIVE,))),
        "accepted": listed(Wanted(shows=NOT_GONE, accepted=True)),
        "new since 7 days": listed(Wanted(since=f"{last}T00:00:00Z", shows=NOT_GONE)),
        "new since 90 days": listed(Wanted(since=f"{first}T00:00:00Z")),
        "since, of an owner who has none": listed(Wanted(since=f"{first}T00:00:00Z", owner="nobody")),
        "a text that few have": listed(Wanted(text="10.0.3.7")),
        "a text that many have": listed(Wanted(text="6379")),
        "a text that many titles have": listed(Wanted(text="redis")),
        "many have it, and the gone alone": listed(replace(gone, text="10.0")),
        "a text that nobody has": listed(Wanted(text="no such thing")),
        "one life": lambda connection: story(connection, fingerprint),
        "runs": lambda connection: runs(connection, limit=100, offset=100),
        "the last run": latest_run,
        "two runs": lambda connection: compared(connection, run - 1, run, 200),
        "assets": lambda connection: assets(connection, size=100),
        "assets of a network": lambda connection: assets(connection, text="10.0.64.0/20", size=100),
        "assets of a service": lambda connection: assets(connection, text="redis", size=100),
        "metrics": lambda connection: exposition(connection, now),
    }
