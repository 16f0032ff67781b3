"""Steps keyed by account: profile, avatar, alternate accounts, audience; by what it shows: the crowd that does, too."""
