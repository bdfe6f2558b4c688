"""Walking while it shakes.

The Japan Meteorological Agency's table of what people feel (気象庁震度階級関連解説表) says: at 5- many want to hold on
to something, at 5+ walking is hard without holding on, at 6- it is hard to stay standing, at 6+ and 7 one cannot
move but by crawling. No published law of walking speed was found: the shares below are ours, set at the middle of each
class and linear between.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from drill.people.state import Posture

UPRIGHT: Final = ((4.25, 1.0), (4.75, 0.8), (5.25, 0.4), (5.75, 0.1), (6.25, 0.0))
"""Running JMA intensity and the share of walking speed that it leaves to one who walks or stoops."""
CRAWLING: Final = ((5.25, 1.0), (5.75, 0.7), (6.25, 0.4), (6.75, 0.1), (7.0, 0.0))
"""The same for one on hands and knees, of the speed of crawling."""


def shaking_factor(*, intensity: npt.ArrayLike, posture: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Return the share of the speed that shaking leaves, shape (N,); 1 at rest.

    Args:
        intensity: running JMA intensity under the feet, shape (N,).
        posture: `Posture` of each body, shape (N,).
    """
    felt = np.asarray(intensity, np.float64)
    upright = np.interp(felt, [at for at, _ in UPRIGHT], [share for _, share in UPRIGHT])
    crawling = np.interp(felt, [at for at, _ in CRAWLING], [share for _, share in CRAWLING])
    factor: npt.NDArray[np.float64] = np.where(np.asarray(posture) == Posture.CRAWLING, crawling, upright)
    return factor
