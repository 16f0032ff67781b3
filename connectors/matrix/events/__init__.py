"""From Matrix events to records of the contract."""
