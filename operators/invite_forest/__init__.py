"""Invite forest: inviters and members of a group, offenders, associated members, sanctions."""
