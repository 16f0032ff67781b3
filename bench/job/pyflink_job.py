"""The common parts of the PyFlink jobs that ours is compared with: environment, byte source, discarding sink."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyflink.common import Configuration
from pyflink.datastream import DataStream, StreamExecutionEnvironment
from pyflink.java_gateway import get_gateway

if TYPE_CHECKING:
    from collections.abc import Mapping

_BYTES = "org.apache.flink.kafka.shaded.org.apache.kafka.common.serialization.ByteArrayDeserializer"


def environment(options: Mapping[str, str]) -> StreamExecutionEnvironment:
    """Return the execution environment for the cluster of FLINK_CONF_DIR."""
    jvm = get_gateway().jvm
    merged = jvm.org.apache.flink.configuration.GlobalConfiguration.loadConfiguration()
    own = Configuration()
    for key, value in options.items():
        own.set_string(key, value)
    merged.addAll(own._j_configuration)  # noqa: SLF001 - PyFlink has no way from here to a cluster but this
    return StreamExecutionEnvironment(jvm.org.apache.flink.streaming.api.environment.StreamExecutionEnvironment(merged))


def discard(stream: DataStream) -> None:
    """Connect a stream to a sink that discards it."""
    sink = get_gateway().jvm.org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink()
    stream._j_data_stream.sinkTo(sink)  # noqa: SLF001 - PyFlink has no such sink


def raw_values(env: StreamExecutionEnvironment, bootstrap: str, topic: str) -> DataStream:
    """Return the stream of raw values of a topic, from its beginning."""
    jvm = get_gateway().jvm
    kafka = jvm.org.apache.flink.connector.kafka.source
    values = jvm.java.lang.Thread.currentThread().getContextClassLoader().loadClass(_BYTES)
    source = (
        kafka.KafkaSource.builder()
        .setBootstrapServers(bootstrap)
        .setGroupId(f"bench-{topic}")
        .setTopics(jvm.java.util.List.of(topic))
        .setDeserializer(kafka.reader.deserializer.KafkaRecordDeserializationSchema.valueOnly(values))
        .setStartingOffsets(kafka.enumerator.initializer.OffsetsInitializer.earliest())
        .build()
    )
    never = jvm.org.apache.flink.api.common.eventtime.WatermarkStrategy.noWatermarks()
    java = env._j_stream_execution_environment  # noqa: SLF001 - PyFlink's own source reads nothing but text
    return DataStream(java.fromSource(source, never, "source"))
