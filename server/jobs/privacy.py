"""What jobs keep: ids only, never a person's data."""

from server.jobs.service import KEEP_DONE
from server.privacy import Kept, Privacy, nothing_to_disclose, nothing_to_erase

PRIVACY = Privacy(
    feature="jobs",
    keeps=(Kept("job", personal=False, days=KEEP_DONE.days, why="payloads hold ids; failures stay to be looked at"),),
    discloses=nothing_to_disclose,
    erases=nothing_to_erase,
)
