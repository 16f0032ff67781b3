"""State of a protected account: friends, contacts, their profiles, and pairs of the account and a sender."""
