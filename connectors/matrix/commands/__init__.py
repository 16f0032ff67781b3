"""From commands of the job to what happens on the homeserver."""
