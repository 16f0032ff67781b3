"""Invite forest: who invited whom into a group, offenders, associated members, sanctions."""
