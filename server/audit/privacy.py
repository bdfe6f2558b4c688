"""What the audit record keeps: ids and acts, no personal data; it outlives the person's data to prove the erasure."""

from server.privacy import Kept, Privacy, nothing_to_disclose, nothing_to_erase

PRIVACY = Privacy(
    feature="audit",
    keeps=(Kept("audit_entry", personal=False, days=None, why="proof of who did what; holds ids, never names"),),
    discloses=nothing_to_disclose,
    erases=nothing_to_erase,
)
