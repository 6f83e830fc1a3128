"""Benchmarks are run by hand; to pytest, coverage.py would be the package of that name."""

collect_ignore_glob = ["*.py"]
