"""`kithward policy tune`: what other values of a setting would have decided, and what people said of that."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

import typer

from jobs.analysis.sample import parse_sample
from jobs.analysis.tuning import Tuning
from jobs.cli.options import (
    DEFAULT_BOOTSTRAP,
    AllowOutside,
    Bootstrap,
    Json,
    KafkaConfig,
    MappingFile,
    MaxBad,
    SchemaRegistry,
    StrictFields,
    TopicPrefix,
    TopicsFile,
    brokers_of,
    check_policy,
    input_rules,
)
from jobs.cli.output.input_notes import ignored_fields, unmapped, wrong_units
from jobs.cli.output.progress import show_progress
from jobs.cli.output.terminal import echo
from jobs.cli.output.tuning_tables import TunedSetting, TunedValue, result_lines, to_object
from jobs.cli.recorded_events import Events, RecordedEvents, Share, Since, Topics, Until
from jobs.errors import BadInput
from jobs.policy.authoring.tunable import PolicyVariants, TunableSetting, tunable_settings
from jobs.policy.file import InvalidPolicy
from jobs.printable import json_text, printable
from operators.policy.model import SECTIONS, Policy

_FINDING = 1
_VARIANTS_AT_MOST = 200

File = Annotated[Path, typer.Option("--policy", metavar="FILE", help="The policy that was in force.")]
Section = Annotated[
    str | None, typer.Option("--section", metavar="NAME", help="Try all settings of this section, such as strangers.")
]
Settings = Annotated[
    list[str] | None, typer.Option("--setting", metavar="KEY...", help="Try these settings, such as friendship_age.t1.")
]
Values = Annotated[
    str | None, typer.Option("--values", metavar="A,B,...", help="Try these values of the one setting that is named.")
]
RecordedAs = Annotated[
    str | None,
    typer.Option("--recorded-as", metavar="NAME", help="The version of recorded decisions, if the file has another."),
]


def tune(  # noqa: PLR0913, PLR0917 - they are the verb's options
    policy: File,
    events: Events = None,
    section: Section = None,
    setting: Settings = None,
    values: Values = None,
    recorded_as: RecordedAs = None,
    topic: Topics = None,
    since: Since = None,
    until: Until = None,
    bootstrap: Bootstrap = DEFAULT_BOOTSTRAP,
    kafka_config: KafkaConfig = None,
    topic_prefix: TopicPrefix = None,
    topics_file: TopicsFile = None,
    registry: SchemaRegistry = None,
    sample: Share = None,
    as_json: Json = False,  # noqa: FBT002
    allow_outside: AllowOutside = False,  # noqa: FBT002
    max_bad: MaxBad = None,
    mapping: MappingFile = None,
    strict_fields: StrictFields = False,  # noqa: FBT002
) -> None:
    """Show what other values of a policy's settings would have decided, and what people said of it.

    Recorded events with the answers of reviewers are replayed once under each value. A table per setting has, for each
    value, how many decisions there are, how many of them people looked at, and what share of these they uphold: an
    interval, since few answers say little. Then what is lost against the present value: decisions that people uphold,
    and that would not be made or with another outcome; what is avoided: those that they overturned; and how many of the
    misses that they report would have been found. Nothing is changed, in no file and in no topic.

    Without --events and --topic the settings that can be tried are listed. Without --values those around the present
    value are tried. The policy is in force from the first event on; policies among the events are passed over.

    \b
    Examples:
      kithward policy tune --policy policy.yaml
      kithward policy tune --policy policy.yaml --events events.jsonl --section friendship_age
      kithward policy tune --policy policy.yaml --events events.jsonl --setting friendship_age.t1 --values 1d,3d,7d
      kithward policy tune --policy policy.yaml --events year.jsonl --setting invite_forest.th1 --sample 5% --json
      kithward policy tune --policy new.yaml --recorded-as spring --topic messages relations reviews --section strangers
    """
    checked = check_policy(policy, outside=allow_outside)
    known = [each for each in tunable_settings(checked.file) if _is_of(each, section)]
    if not known:
        raise BadInput(f"--section {section}", f"has no settings to try; those that have are {', '.join(SECTIONS)}")
    chosen = [_named(name, known) for name in setting or ()]
    if not events and not topic:
        _print_settings(chosen or known, as_json=as_json)
        return
    if section is None and not chosen:
        raise BadInput("policy tune", "name a --section or a --setting; without --events all settings are listed")
    variants = PolicyVariants(policy, recorded_as or checked.policy.version, outside=allow_outside)
    tuned, policies = _tuned(chosen or known, _split(values, chosen), variants)
    drawn = None if sample is None else parse_sample(sample)
    rules = input_rules(max_bad, mapping, strict_fields=strict_fields)
    brokers = brokers_of(bootstrap, kafka_config, topic_prefix, topics_file)
    tuning = Tuning(policies, drawn)
    source = RecordedEvents("policy tune", events, topic, since, until, brokers, registry, rules)
    with source.open(drawn) as recorded, show_progress(f"replaying {len(policies):,} times") as progress:
        tuning.run(recorded, progress)
    for note in (*unmapped(recorded.report), *ignored_fields(recorded.report), *wrong_units(recorded.report)):
        echo(note, err=True)
    _print_result(tuning, policies[0].version, tuned, as_json=as_json)
    if recorded.report.wrong_units:
        raise typer.Exit(_FINDING)


def _print_result(tuning: Tuning, version: str, tuned: Sequence[TunedSetting], *, as_json: bool) -> None:
    for warning in _warnings(tuning):
        echo(f"warning: {warning}", err=True)
    if as_json:
        echo(json_text(to_object(tuning, version, tuned)))
        return
    for line in result_lines(tuning, tuned):
        echo(printable(line))


def _is_of(setting: TunableSetting, section: str | None) -> bool:
    return section is None or setting.name.startswith(f"{section}.")


def _named(name: str, known: Sequence[TunableSetting]) -> TunableSetting:
    """Return a setting by its name, with or without the suffix of durations. Raise BadInput for an unknown one."""
    for setting in known:
        if name in {setting.name, setting.full_name}:
            return setting
    raise BadInput(f"--setting {name}", "is no number of the policy that can be tried; leave out --events to list them")


def _split(values: str | None, chosen: Sequence[TunableSetting]) -> list[str] | None:
    if values is None:
        return None
    if len(chosen) != 1:
        raise BadInput("--values", "belongs to one --setting")
    return [value.strip() for value in values.split(",")]


def _tuned(
    chosen: Sequence[TunableSetting], values: Sequence[str] | None, variants: PolicyVariants
) -> tuple[list[TunedSetting], list[Policy]]:
    """Return each setting with its values and where their policies are, and all policies, the present one first.

    Of values that were not asked for those that are not valid are left out. Raise BadInput for one that was.
    """
    try:
        policies = [variants.unchanged()]
    except InvalidPolicy as invalid:  # the file is valid: only the version is another
        raise BadInput("--recorded-as", invalid.message) from invalid
    tuned: list[TunedSetting] = []
    for setting in chosen:
        tried = [TunedValue(setting.current, 0)]
        for value in setting.other_values() if values is None else values:
            try:
                policy = variants.with_value(setting, value)
            except InvalidPolicy as invalid:
                if values is not None:
                    raise BadInput(f"--values {value}", invalid.faults[0].message) from invalid
                continue
            if policy != policies[0]:
                tried.append(TunedValue(value, len(policies)))
                policies.append(policy)
        tuned.append(TunedSetting(setting, tried))
    if len(policies) > _VARIANTS_AT_MOST:
        raise BadInput("policy tune", f"{len(policies):,} replays are too many; name some settings with --setting")
    return tuned, policies


def _print_settings(settings: Sequence[TunableSetting], *, as_json: bool) -> None:
    if as_json:
        listed = [
            {"setting": each.name, "value": each.current, "unit": each.unit, "meaning": each.meaning}
            for each in settings
        ]
        echo(json_text(listed))
        return
    for each in settings:
        echo(printable(f"{each.name}: {each.current}"))
        echo(printable(f"    {each.meaning}"))


def _warnings(tuning: Tuning) -> Iterator[str]:
    if tuning.refused:
        yield f"{tuning.refused:,} lines are not valid events and were skipped"
    if tuning.reviews.left_out:
        yield f"{tuning.reviews.left_out:,} answers are beyond what is remembered, and do not count"
    if not tuning.reviews:
        yield "nobody has answered about these decisions: only their numbers are known"
    elif tuning.sample is None and tuning.unknown:
        yield (
            f"{tuning.unknown:,} decisions that people looked at are not made by this policy in this replay: give the "
            "policy that was in force, with --recorded-as if it has another name now, and earlier events, too"
        )
    if tuning.sample is not None:
        yield "all numbers are those of the sample alone"
