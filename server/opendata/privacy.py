"""What open data keeps: counts, and tokens that know nobody."""

from server.privacy import Kept, Privacy, nothing_to_disclose, nothing_to_erase

PRIVACY = Privacy(
    feature="opendata",
    keeps=(
        Kept("published_table", personal=False, days=None, why="what was published; the next release is held to it"),
        Kept(
            "answer_token",
            personal=False,
            days=365,
            why="so that each token serves once, a year after it expired",
            since="expires_on",
        ),
    ),
    discloses=nothing_to_disclose,
    erases=nothing_to_erase,
)
