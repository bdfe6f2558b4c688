"""What a run was worth: pure functions over a recorded run, for the station's debrief and the server's pages."""

from drill.metrics.compute import compute_metrics
from drill.metrics.figures import Figure, Metrics
from drill.metrics.moments import moment_text, three_moments
from drill.metrics.objectives import judge

__all__ = ["Figure", "Metrics", "compute_metrics", "judge", "moment_text", "three_moments"]
