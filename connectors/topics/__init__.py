"""The topics of the contract as a connector sees them: events out, commands and decisions in."""
