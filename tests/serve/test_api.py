from scanner.serve.api import _oldest


def test_a_trend_goes_back_ten_years_at_most():
    assert _oldest("2026-11-28T00:00:00Z") == "2016-11-28"
    assert _oldest("2028-02-29T00:00:00Z") == "2018-03-01"
