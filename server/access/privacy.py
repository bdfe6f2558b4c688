"""What the limits keep: keyed hashes and counts, deleted when their window is over."""

from server.privacy import Kept, Privacy, nothing_to_disclose, nothing_to_erase

PRIVACY = Privacy(
    feature="access",
    keeps=(
        Kept(
            "try_count",
            personal=False,
            days=1,
            why="how often something was tried, under a keyed hash",
            since="ends_at",
        ),
    ),
    discloses=nothing_to_disclose,
    erases=nothing_to_erase,
)
