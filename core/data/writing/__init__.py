"""Writing files so that nobody ever finds half of one, and nothing is lost."""

from .atomic import (
    Unfinished,
    check_replaceable,
    new_file,
    replacing,
    replacing_from_folder,
    told,
    write_bytes,
    write_npz,
    write_parts,
    write_text,
)
from .temporaries import remove_unfinished, scratch_folder, sweep

__all__ = (
    "Unfinished",
    "check_replaceable",
    "new_file",
    "remove_unfinished",
    "replacing",
    "replacing_from_folder",
    "scratch_folder",
    "sweep",
    "told",
    "write_bytes",
    "write_npz",
    "write_parts",
    "write_text",
)
