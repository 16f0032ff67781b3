"""The machines that tests here share, and what is shown of them when a test fails."""

from tests.e2e.support.session import pytest_runtest_makereport, scene, stage

__all__ = ["pytest_runtest_makereport", "scene", "stage"]
