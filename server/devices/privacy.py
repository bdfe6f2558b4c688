"""What devices keep: machines, not people."""

from server.privacy import Kept, Privacy, nothing_to_disclose, nothing_to_erase

PRIVACY = Privacy(
    feature="devices",
    keeps=(
        Kept("device", personal=False, days=None, why="which machine sent a run; revoked ones stay as proof"),
        Kept("pairing_code", personal=False, days=1, why="until it is used or expires", since="expires_at"),
        Kept("socket_pass", personal=False, days=1, why="until it expires", since="expires_at"),
    ),
    discloses=nothing_to_disclose,
    erases=nothing_to_erase,
)
