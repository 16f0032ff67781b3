#!/usr/bin/env bash
# What does a container do? What Flink's own images do with the same words: `jobmanager`, `taskmanager` and
# `standalone-job` stay in the foreground; anything else is a command, as the Kubernetes operator gives it.
set -euo pipefail

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
