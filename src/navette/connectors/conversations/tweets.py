"""The time of a tweet from its identifier: since November 2010, identifiers start with the time of writing."""

from datetime import UTC, datetime

EPOCH_MS = 1_288_834_974_657
SEQUENCE_BITS = 22
# Smaller identifiers were given in sequence and contain no time.
FIRST_WITH_TIME = 29_700_859_247


def instant_of_tweet(tweet_id: str) -> datetime | None:
    """The time of that tweet, in UTC to the second, or None if the identifier does not contain it."""
    if not (tweet_id.isascii() and tweet_id.isdigit() and len(tweet_id) <= 19):
        return None
    number = int(tweet_id)
    if not FIRST_WITH_TIME <= number < 2**63:
        return None
    return datetime.fromtimestamp(((number >> SEQUENCE_BITS) + EPOCH_MS) // 1000, UTC)
