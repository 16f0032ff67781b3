"""Submits jobs to a test's cluster: `python -m tests.e2e.support.submission FD` submits one for each line of its input.

A line is JSON: `graph` and `policy`, each as `module:function`, and the other fields of `Plan`. For each of them it
writes a line of JSON to the file descriptor: an empty text, or the stack trace of what went wrong.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from dataclasses import replace
from importlib import import_module
from typing import Any

from jobs.flink.checkpoints import resume_from_newest
from jobs.flink.delivery import Delivery
from jobs.flink.settings import Settings, environment
from jobs.flink.step import JobBootstrap
from jobs.flink.topology import build
from jobs.kafka.client_config import Brokers
from jobs.kafka.policy_publication import read_published
from jobs.kafka.policy_watcher import PolicyWatcherConfig
from schemas.codec import SingleObjectFraming
from schemas.topic_names import TopicNames
from schemas.topics import OUTPUTS
from tests.e2e.support.plan import Plan


def settings(plan: Plan, out_of_order_ms: int) -> Settings:
    client = {"bootstrap_servers": plan.follow or plan.bootstrap}
    usual = Settings(
        kafka={"bootstrap.servers": plan.bootstrap},
        policy_watcher=PolicyWatcherConfig(client, plan.lease_s),
        checkpoints=plan.checkpoints,
    )
    return replace(
        usual,
        group=plan.name,
        transactions=plan.name,
        topics=outputs_with_prefix(plan.outputs),
        parallelism=plan.parallelism,
        out_of_order_ms=out_of_order_ms,
        idle_ms=plan.idle_ms,
        ahead_ms=plan.ahead_ms,
        commands=Delivery(plan.commands),
        checkpoint_every_ms=500,
        options=plan.options,
    )


def outputs_with_prefix(prefix: str) -> TopicNames:
    return TopicNames(own={topic.name: prefix + topic.name for topic in OUTPUTS})


def named(name: str) -> Any:
    module, function = name.split(":")
    return getattr(import_module(module), function)()


def submit(plan: Plan) -> None:
    policy = named(plan.policy)
    wanted = settings(plan, policy.common.out_of_order_ms)
    if plan.resume:
        wanted = resume_from_newest(wanted)
    env = environment(wanted)
    framing = SingleObjectFraming()
    so_far = tuple(read_published(Brokers(plan.bootstrap), framing)) if plan.loads_policies else ()
    build(env, named(plan.graph), wanted, JobBootstrap(framing, policy, so_far))
    env.execute_async(plan.name)


def answer(line: str) -> str:
    try:
        submit(Plan(**json.loads(line)))
    except Exception:  # noqa: BLE001 - whatever it is, the test gets it
        return traceback.format_exc()
    return ""


def main(answers: int) -> None:
    for line in sys.stdin:
        os.write(answers, json.dumps(answer(line)).encode() + b"\n")


if __name__ == "__main__":
    main(int(sys.argv[1]))
