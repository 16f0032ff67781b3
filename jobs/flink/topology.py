"""The Flink topology of a graph. Every uid is set here, so that none is forgotten.

    Kafka -> FirstLook -> Screen (Arrow batches, a process of its own) -> WatermarkGate -> Router -> steps -> Kafka
    with mappings of topics: Screen -> MappedWatermarks -> WatermarkGate
             FirstLook -> WatermarkGate -> the step that remembers who wrote to whom first
    a step: EventTimeBuffer (order, timers and state, in Java) -> HostedStep (Python, in a thread) -> Router

The screen and the steps emit packed routes: destination, key and payload. A router sends each to its destination.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pyflink.common import Duration, Types, WatermarkStrategy
from pyflink.datastream.data_stream import DataStream
from pyflink.java_gateway import get_gateway
from pyflink.table import DataTypes, Schema, StreamTableEnvironment
from pyflink.table.udf import udf

from jobs.dataflow.graph import Graph, Step, live_stream
from jobs.flink.delivery import Delivery
from jobs.flink.screen import Screen
from jobs.flink.settings import Settings, require_thread_mode
from jobs.flink.step import HostedStep, JobBootstrap
from jobs.kafka.job_marker import SESSION_MS
from jobs.kafka.topic_admin import DEAD_LETTER_BYTES
from jobs.runtime.ingress import MESSAGES, POLICIES
from operators.relationship.relationship import Relationship
from schemas.topics import COMMANDS, DEAD_LETTERS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyflink.datastream import StreamExecutionEnvironment

APPROACHED = Relationship.uid
"""The step that remembers who wrote to whom first."""

_BYTES = Types.PRIMITIVE_ARRAY(Types.BYTE())
_ALIGN_EVERY_MS = 100
_DISCOVER_EVERY_MS = 10_000
_FETCH_BYTES = 1 << 16  # of one partition at once: the more, the longer the other partitions are not read

# The inner query keeps the planner from calling the screen a second time for the condition.
_SCREENED = "SELECT routes, rt FROM (SELECT screen(f0) AS routes, rt FROM frames) WHERE routes IS NOT NULL"


def build(env: StreamExecutionEnvironment, graph: Graph, settings: Settings, bootstrap: JobBootstrap) -> None:
    """Build the topology of a graph. Raise BadInput if its state would be lost at the next restore."""
    require_thread_mode(env)
    topics = sorted({*graph.sources, POLICIES, *settings.mappings.topics}, key=settings.topics.physical)
    outputs = sorted({topic for _, topic in graph.sinks if topic != COMMANDS} | {DEAD_LETTERS})
    screen = Screen(graph, topics, replace(bootstrap, published=()), settings)
    source = _source(env, topics, sorted({*outputs, *(topic for _, topic in graph.sinks)}), settings)
    first_look = _first_look(source, topics)
    ingress = _ingress(env, first_look, screen, outputs, settings)
    policies = _side_output(POLICIES, [ingress])
    submitted = _strings([policy.event_id for policy in bootstrap.published])
    routers = dict.fromkeys(graph.sources, ingress)
    for step in graph.steps:
        inputs = _side_output(step.uid, [routers[edge.stream] for edge in step.edges])
        if step.uid == APPROACHED:
            inputs = inputs.union(_approaches(first_look))
        buffered = _buffer(step, inputs, policies, submitted)
        # Both operators of a step have its name in metrics; the one with the state has its uid.
        hosted = buffered.process(HostedStep(graph, step, bootstrap), _BYTES).uid(f"{step.uid}-concluding")
        routers[step.uid] = _route(hosted.name(step.uid), f"{step.uid}-fan", outputs, settings)
    emitting = [routers[live_stream(stream)] for stream, _ in graph.sinks]
    _sink("sink", _union(list(dict.fromkeys([ingress, *emitting]))), outputs, settings)
    if any(topic == COMMANDS for _, topic in graph.sinks):
        _sink("commands-sink", _side_output(COMMANDS, emitting), [COMMANDS], settings.for_commands())


def _source(
    env: StreamExecutionEnvironment, topics: Sequence[str], outputs: Sequence[str], settings: Settings
) -> DataStream:
    source = _jvm().org.apache.flink.connector.kafka.source
    names = _physical(topics, settings)
    builder = (
        source.KafkaSource.builder()
        .setGroupId(settings.group)
        .setKafkaSubscriber(_jvm().kithward.TopicSubscriber(names, _physical(outputs, settings)))
        .setDeserializer(_jvm().kithward.RecordDeserializer(names, _strings(settings.mappings.former)))
        .setStartingOffsets(
            _jvm().kithward.StartingOffsets.of(_strings(settings.positions))
            if settings.positions
            else source.enumerator.initializer.OffsetsInitializer.earliest()
        )
        .setProperty("partition.discovery.interval.ms", str(_DISCOVER_EVERY_MS))
        .setProperty("max.partition.fetch.bytes", str(_FETCH_BYTES))
        .setProperty("isolation.level", "read_committed")  # records of aborted transactions must not be read
    )
    for key, value in settings.kafka.items():
        builder.setProperty("client.id.prefix" if key == "client.id" else key, value)
    watermarks = WatermarkStrategy(
        _jvm().kithward.PartitionWatermarks(settings.out_of_order_ms, settings.idle_ms)
    ).with_watermark_alignment("input", Duration.of_millis(settings.ahead_ms), Duration.of_millis(_ALIGN_EVERY_MS))
    java = env._j_stream_execution_environment  # noqa: SLF001 - PyFlink's source accepts no Java deserializer
    return _with_uid(java.fromSource(builder.build(), watermarks._j_watermark_strategy, "source"), "source")  # noqa: SLF001


def _first_look(source: DataStream, topics: Sequence[str]) -> DataStream:
    look = _jvm().kithward.FirstLook(topics.index(MESSAGES), APPROACHED)
    return _with_uid(_java(source).process(look), "first-look")


def _approaches(first_look: DataStream) -> DataStream:
    """Return the approaches that the first look tells, with a watermark that goes on after a restart."""
    told = _java(_side_output(APPROACHED, [first_look]))
    gate = told.transform("approach-clock", told.getType(), _jvm().kithward.WatermarkGate(None))
    return _with_uid(gate, "approach-clock").set_parallelism(1)


def _ingress(
    env: StreamExecutionEnvironment,
    kafka_records: DataStream,
    screen: Screen,
    outputs: Sequence[str],
    settings: Settings,
) -> DataStream:
    tables = StreamTableEnvironment.create(env)
    tables.create_temporary_view("frames", tables.from_data_stream(kafka_records, _timed_records()))
    tables.create_temporary_function("screen", udf(screen, result_type=DataTypes.BYTES(), func_type="pandas"))
    packed = tables.to_append_stream(tables.sql_query(_SCREENED), Types.ROW([_BYTES, Types.INSTANT()]))
    # It has to run in the slot of the first look to which it hands over, so with the same parallelism.
    receiver = _java(packed).flatMap(_jvm().kithward.FirstLookReceiver(), _java(packed).getType())
    java = _java(_with_uid(receiver, "first-look-receiver"))
    if settings.mappings.files:
        held = java.transform(
            "mapped-watermarks", java.getType(), _jvm().kithward.MappedWatermarks(settings.out_of_order_ms)
        )
        java = _java(_with_uid(held, "mapped-watermarks"))
    gate = _with_uid(java.transform("clock", java.getType(), _jvm().kithward.WatermarkGate(_marker(settings))), "clock")
    gate.set_parallelism(1)
    return _route(gate, "fan", outputs, settings).set_parallelism(1)  # or the watermark passes one more exchange


def _marker(settings: Settings) -> Any:  # noqa: ANN401 - an object of the JVM
    """Return what marks the job as running on its broker, None if nothing does."""
    if settings.marker is None:
        return None
    client = _jvm().java.util.HashMap()
    for key, value in (settings.kafka | {"session.timeout.ms": str(SESSION_MS)}).items():
        client.put(key, value)
    return _jvm().kithward.JobMarker(client, settings.marker, settings.topics.physical(POLICIES))


def _timed_records() -> Schema:
    # Rows keep timestamp and watermark through a table only if the time is a column on the way in (and a field
    # on the way out). Without it no timer ever fires.
    return (
        Schema.new_builder()
        .column("f0", DataTypes.BYTES())
        .column_by_metadata("rt", DataTypes.TIMESTAMP_LTZ(3), "rowtime")
        .watermark("rt", "SOURCE_WATERMARK()")
        .build()
    )


def _buffer(step: Step, inputs: DataStream, policies: DataStream, submitted: Any) -> DataStream:  # noqa: ANN401 - an array of the JVM
    # Java computes the key: a key function in Python would be one more thread that competes for the GIL.
    of = _jvm().kithward.EventTimeBuffer.of
    return DataStream(of(_java(inputs), _java(policies), step.uid, step.operator.ordered, submitted))


def _route(packed: DataStream, uid: str, outputs: Sequence[str], settings: Settings) -> DataStream:
    routed = _with_uid(_java(packed).process(_jvm().kithward.Router(_strings(outputs))), uid)
    return routed.set_buffer_timeout(settings.step_buffer_ms)


def _side_output(dest: str, routers: Sequence[DataStream]) -> DataStream:
    tag = _jvm().kithward.Router.sideOutput(dest)
    return _union([DataStream(_java(router).getSideOutput(tag)) for router in dict.fromkeys(routers)])


def _sink(uid: str, stream: DataStream, topics: Sequence[str], settings: Settings) -> None:
    flink = _jvm().org.apache.flink.connector
    builder = (
        flink.kafka.sink.KafkaSink.builder()
        .setRecordSerializer(_jvm().kithward.RecordSerializer(_strings(topics), _physical(topics, settings)))
        .setDeliveryGuarantee(getattr(flink.base.DeliveryGuarantee, settings.delivery.name))
        .setTransactionalIdPrefix(settings.transactions)
        # By default each checkpoint uses a new transactional id, and the broker keeps every one for a week.
        .setTransactionNamingStrategy(flink.kafka.sink.TransactionNamingStrategy.POOLING)
        .setProperty("transaction.timeout.ms", str(settings.transaction_timeout_ms))
        .setProperty("max.request.size", str(DEAD_LETTER_BYTES))
    )
    if settings.delivery is Delivery.AT_LEAST_ONCE:  # else Kafka's client is called by its transactional id
        builder.setProperty("client.id", settings.transactions)
    for key, value in settings.kafka.items():
        builder.setProperty(key, value)
    _java(stream).sinkTo(builder.build()).uid(uid).name(uid)


def _physical(topics: Sequence[str], settings: Settings) -> Any:  # noqa: ANN401 - an object of the JVM
    return _strings([settings.topics.physical(topic) for topic in topics])


def _union(streams: Sequence[DataStream]) -> DataStream:
    return streams[0].union(*streams[1:]) if len(streams) > 1 else streams[0]


def _with_uid(java_stream: Any, uid: str) -> DataStream:  # noqa: ANN401 - an object of the JVM
    return DataStream(java_stream).uid(uid).name(uid)


def _java(stream: DataStream) -> Any:  # noqa: ANN401 - an object of the JVM
    return stream._j_data_stream  # noqa: SLF001 - our Java operators need Java's stream


def _jvm() -> Any:  # noqa: ANN401 - an object of the JVM
    return get_gateway().jvm


def _strings(texts: Sequence[str]) -> Any:  # noqa: ANN401 - an object of the JVM
    array = get_gateway().new_array(_jvm().java.lang.String, len(texts))
    for index, text in enumerate(texts):
        array[index] = text
    return array
