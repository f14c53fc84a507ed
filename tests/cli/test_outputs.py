import pytest

from scanner.cli.outputs import wants_color
from scanner.cli.report_options import ColorOptions


@pytest.mark.parametrize(
    ("options", "environ", "terminal", "wanted"),
    [
        ({}, {}, True, True),
        ({}, {}, False, False),
        ({}, {"NO_COLOR": "1"}, True, False),
        ({}, {"NO_COLOR": ""}, True, True),
        ({}, {"FORCE_COLOR": "1"}, False, True),
        ({}, {"FORCE_COLOR": "0"}, False, False),
        ({}, {"FORCE_COLOR": "1", "NO_COLOR": "1"}, True, False),
        ({"color": "always"}, {"NO_COLOR": "1"}, False, True),
        ({"color": "never"}, {"FORCE_COLOR": "1"}, True, False),
        ({"color": "always", "no_color": True}, {}, True, False),
    ],
)
def test_colour_is_decided_by_the_option_then_the_environment_then_the_terminal(options, environ, terminal, wanted):
    assert wants_color(ColorOptions(**options), environ, terminal=terminal) is wanted
