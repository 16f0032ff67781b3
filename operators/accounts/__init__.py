"""Steps keyed by account or picture: profile, avatar, alternate accounts, audience, popularity of a picture."""
