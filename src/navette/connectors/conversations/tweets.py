"""What a tweet's identifier tells: since November 2010 it begins with the time of writing."""

from datetime import UTC, datetime

EPOCH_MS = 1_288_834_974_657
SEQUENCE_BITS = 22
# Identifiers below were given in sequence and say nothing about time.
FIRST_WITH_TIME = 29_700_859_247


def instant_of_tweet(tweet_id: str) -> datetime | None:
    """When that tweet was written, in UTC and to the second; None where the identifier does not tell."""
    if not (tweet_id.isascii() and tweet_id.isdigit() and len(tweet_id) <= 19):
        return None
    number = int(tweet_id)
    if not FIRST_WITH_TIME <= number < 2**63:
        return None
    return datetime.fromtimestamp(((number >> SEQUENCE_BITS) + EPOCH_MS) // 1000, UTC)
