import json
from pathlib import Path

import pytest

from scanner.cli.option import options_of
from scanner.cli.scan_options import ScanOptions


def test_what_is_recorded_is_what_the_report_holds():
    recorded = ScanOptions(targets=("127.0.0.1",), rate=float("inf")).recorded()
    assert set(recorded) == {one.name for one in options_of(ScanOptions) if one.recorded}
    assert recorded["rate"] == "inf"
    assert recorded["targets"] == ["127.0.0.1"]
    assert {"targets", "exclude", "exclude_files", "ports", "services", "identify", "shard", "allow_public"} <= set(
        recorded
    )


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"rate": float("inf"), "timeout_s": 0.5, "retries": 0, "wait_s": 60.0},
        {
            "targets": ("a", "b"),
            "target_files": ("t",),
            "from_compose": (Path("c.yaml"),),
            "from_nmap": (Path("n.xml"),),
        },
        {
            "exclude": ("10.0.0.1",),
            "exclude_files": ("x",),
            "services": ("redis",),
            "checks": Path("d"),
            "vantage": "v",
        },
    ],
)
def test_every_option_that_is_recorded_can_be_written_as_json(options):
    recorded = ScanOptions(**options).recorded()
    assert json.loads(json.dumps(recorded, allow_nan=False)) == recorded


def test_where_reports_go_and_what_is_shown_is_no_part_of_the_run():
    recorded = ScanOptions(output=("r.json",), quiet=True, audit=Path("a"), save=Path("s"), seed=7).recorded()
    assert recorded == ScanOptions().recorded()
