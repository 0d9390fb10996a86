"""The shell's doors, which are the worker's too."""

from __future__ import annotations

import os

# The solve multiplies many small matrices: a second BLAS thread costs more than it brings and
# fights with the threads that run the networks. Numpy's libraries read this while they load.
for _variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"):
    os.environ.setdefault(_variable, "1")
