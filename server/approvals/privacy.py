"""What approvals keep: ids of staff, ids of what an act was about, and reasons. Nothing of residents."""

from server.approvals.service import KEPT_FOR
from server.privacy import Kept, Privacy, nothing_to_disclose, nothing_to_erase

PRIVACY = Privacy(
    feature="approvals",
    keeps=(
        Kept(
            "approval",
            personal=False,
            days=KEPT_FOR.days,
            why="who asked for an act that takes two, why, and who decided",
            since="settled_at",
        ),
    ),
    discloses=nothing_to_disclose,
    erases=nothing_to_erase,
)
