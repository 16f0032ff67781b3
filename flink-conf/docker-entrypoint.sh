#!/usr/bin/env bash
# Entry point of the container, with the arguments of Flink's own images: `jobmanager`, `taskmanager` and
# `standalone-job` run in the foreground; anything else is executed, such as the commands of the Kubernetes operator.
set -euo pipefail

# Here, and not in the image's ENTRYPOINT, which Flink replaces on Kubernetes by this file.
if [[ $$ -eq 1 ]]; then
    exec tini -- "$0" "$@"
fi

case "${1:-help}" in
    jobmanager | taskmanager | standalone-job)
        role=$1
        shift
        exec "$FLINK_HOME/bin/$role.sh" start-foreground "$@"
        ;;
    help)
        echo "usage: jobmanager | taskmanager | standalone-job | COMMAND"
        ;;
    *)
        exec "$@"
        ;;
esac
