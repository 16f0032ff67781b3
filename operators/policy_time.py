"""How many milliseconds a second, a minute, an hour, a day are: the unit of every duration here. Key: none."""

SECOND = 1_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
