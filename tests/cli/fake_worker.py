"""The ``limn`` command with networks that know the answer and take their time.

python fake_worker.py DELAY_S CLIP ARGUMENTS...
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1] / folder) for folder in ("cli", "media")]

from fake_networks import FRAMES, SIZE_PX, KnowingDetector, KnowingModel, Stage  # noqa: E402
from limn.cli.main import run  # noqa: E402
from limn.models import estimators  # noqa: E402
from walking import walking_take  # noqa: E402

stage = Stage(walking_take(Path(sys.argv[2]), FRAMES, SIZE_PX, people=1))
networks = KnowingDetector(stage, float(sys.argv[1])), (KnowingModel(stage),)
estimators.open_estimator = lambda quality, **_: networks
exit_code = run(sys.argv[3:])
sys.stderr.write("rich imported" if "rich" in sys.modules else "rich not imported")
sys.exit(exit_code)
