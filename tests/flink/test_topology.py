"""The Flink topology: uids, operator chains, parallelism, key groups. A node without a uid loses its state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from jobs.dataflow.risk import risk_graph
from jobs.deploy.installation import jars
from jobs.errors import BadInput
from jobs.flink.settings import MAX_PARALLELISM, Settings, environment
from jobs.flink.step import JobBootstrap
from jobs.flink.topology import APPROACHED, build
from jobs.kafka.policy_watcher import PolicyWatcherConfig
from jobs.mapping.topics import NO_MAPPINGS, TopicMapping, TopicMappings
from operators.policy.model import Policy
from schemas.codec import SingleObjectFraming

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.jvm

HIDDEN = ("*anonymous_datastream_source$", "PythonCalc", "Calc", "SinkConversion")
"""What the Table API puts between the source and the steps. It has no state, and cannot be named."""

STEPS = {step.uid for step in risk_graph().steps}


def stream_graph(directory: Path, mappings: TopicMappings = NO_MAPPINGS, **options: str) -> Any:
    settings = Settings(
        kafka={"bootstrap.servers": "127.0.0.1:9"},
        mappings=mappings,
        policy_watcher=PolicyWatcherConfig({}),
        checkpoints=directory.as_uri(),
        options={name.replace("__", ".").replace("_", "-"): value for name, value in options.items()},
    )
    env = environment(settings, local_jars=jars())
    build(env, risk_graph(), settings, JobBootstrap(SingleObjectFraming(), Policy()))
    return env._j_stream_execution_environment.getStreamGraph(False)  # noqa: FBT003 - there is no other way


@pytest.fixture(scope="module")
def graph(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return stream_graph(tmp_path_factory.mktemp("checkpoints"))


@pytest.fixture(scope="module")
def nodes(graph: Any) -> dict[str, Any]:
    """Return the stream graph's nodes by uid; those without one by their name."""
    found = graph.getStreamNodes().toArray()
    return {node.getTransformationUID() or f"unnamed {node.getOperatorName()}": node for node in found}


def test_every_operator_that_can_have_state_has_a_uid(nodes: dict[str, Any]) -> None:
    unnamed = [name.removeprefix("unnamed ") for name in nodes if name.startswith("unnamed ")]
    assert [name for name in unnamed if not name.startswith(HIDDEN)] == []
    assert STEPS | {"source", "clock", "sink"} <= {name.split(":")[0] for name in nodes}


def test_a_step_runs_in_thread_mode_and_is_chained_to_its_event_time_buffer(nodes: dict[str, Any]) -> None:
    for uid in STEPS:
        operator = nodes[f"{uid}-concluding"].getOperatorFactory().getStreamOperatorClass(None)
        assert operator.getSimpleName().startswith("EmbeddedPython")
        assert [edge.getPartitioner().toString() for edge in nodes[f"{uid}-concluding"].getInEdges()] == ["FORWARD"]


def test_no_thread_wakes_often_to_send_the_buffers_behind_a_step(nodes: dict[str, Any]) -> None:
    """They are sent with each watermark."""
    assert {nodes[f"{uid}-fan"].getBufferTimeout() for uid in STEPS} == {100}
    assert nodes["first-look"].getBufferTimeout() == 20


def test_there_is_one_watermark_gate_for_all_steps(nodes: dict[str, Any]) -> None:
    assert nodes["clock"].getParallelism() == nodes["fan"].getParallelism() == 1


def test_a_step_reads_the_side_outputs_of_its_input_steps_only(nodes: dict[str, Any], graph: Any) -> None:
    topics = risk_graph().sources
    for step in risk_graph().steps:
        routers = {"fan" if edge.stream in topics else f"{edge.stream}-fan" for edge in step.edges}
        before = [graph.getStreamNode(edge.getSourceId()) for edge in nodes[step.uid].getInEdges()]
        tags = [edge.getOutputTag().getId() for edge in nodes[step.uid].getInEdges() if edge.getOutputTag()]
        assert sorted(tags) == sorted([step.uid] * len(routers) + ["policies"])
        approaches = {"approach-clock"} if step.uid == APPROACHED else set[str]()
        assert {node.getTransformationUID() for node in before} == routers | approaches | {"fan"}


def test_the_first_look_tells_a_step_of_approaches_past_the_screen__st_9(nodes: dict[str, Any], graph: Any) -> None:
    (told,) = nodes["approach-clock"].getInEdges()
    assert graph.getStreamNode(told.getSourceId()) == nodes["first-look"]
    assert told.getOutputTag().getId() == APPROACHED
    assert nodes["approach-clock"].getParallelism() == 1


def test_the_number_of_key_groups_is_fixed(graph: Any) -> None:
    assert graph.getExecutionConfig().getMaxParallelism() == MAX_PARALLELISM == 128


def test_topics_of_mappings_add_one_operator_without_state__c_32(nodes: dict[str, Any], tmp_path: Path) -> None:
    mapped = TopicMappings((TopicMapping("rules: []", ("bus",), is_avro=False),))
    with_mapping = {
        node.getTransformationUID() for node in stream_graph(tmp_path, mapped).getStreamNodes().toArray()
    } - {None}
    assert with_mapping - nodes.keys() == {"mapped-watermarks"}
    assert {name for name in nodes if not name.startswith("unnamed ")} <= with_mapping


def test_thread_mode_in_capitals_is_refused__flink_would_use_process_mode(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="thread"):
        stream_graph(tmp_path, python__execution_mode="THREAD")
