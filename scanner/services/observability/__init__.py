"""Metrics, logs, traces and dashboards."""
