"""Fixtures of the shared broker and cluster; shows their logs when a test fails."""

from tests.e2e.support.session import pytest_runtest_makereport, scene, stage

__all__ = ["pytest_runtest_makereport", "scene", "stage"]
