"""The JVM with our Java classes, for what Java remembers of contacts."""

from tests.flink.conftest import gateway

__all__ = ["gateway"]
