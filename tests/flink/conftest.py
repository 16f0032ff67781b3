"""A JVM with our Java classes, which can call back into Python (py4j)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from py4j.java_gateway import CallbackServerParameters, GatewayParameters, JavaGateway, launch_gateway

from jobs.deploy.installation import flink_home, jars, java

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def gateway() -> Iterator[JavaGateway]:
    classpath = ":".join(map(str, (*flink_home().glob("lib/flink-dist-*.jar"), *jars())))
    port, token = launch_gateway(classpath=classpath, die_on_exit=True, java_path=java(), enable_auth=True)
    running = JavaGateway(
        gateway_parameters=GatewayParameters(port=port, auth_token=token, auto_convert=True),
        callback_server_parameters=CallbackServerParameters(port=0, daemonize=True, daemonize_connections=True),
    )
    server, heard = running.java_gateway_server, running.get_callback_server().get_listening_port()
    server.resetCallbackClient(server.getCallbackClient().getAddress(), heard)
    yield running
    running.shutdown()
