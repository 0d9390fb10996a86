"""The errors a person can meet, each one sentence: what happened, to which file, what to do."""

from __future__ import annotations

from .safe_text import showable


class LimnError(Exception):
    """Base of every error that Limn reports to a person; ``str(error)`` is the sentence shown.

    Names and paths of others in it are made fit to be shown; ``args`` has them as they are.
    """

    exit_code = 1

    def __str__(self) -> str:
        return showable(super().__str__())


class ClipError(LimnError):
    """A video, photo or image sequence can't be read."""

    exit_code = 3


class ModelError(LimnError):
    """A network's file is missing, altered or of another shape than its registry entry says."""

    exit_code = 4


class TakeError(LimnError):
    """A take file can't be read or written."""

    exit_code = 5


class NoPersonError(LimnError):
    """The clip was read, and nobody was found in it."""

    exit_code = 6


class SettingsError(LimnError):
    """A setting is outside what it may be."""

    exit_code = 2


class OutputError(LimnError):
    """A result can't be written where it was asked for."""

    exit_code = 7


class RigError(LimnError):
    """A character's rig, or the map of its bones, can't take a take's motion."""

    exit_code = 8


class DownloadError(LimnError):
    """A file can't be fetched from the network."""

    exit_code = 9


class Cancelled(LimnError):
    """The person cancelled the run; nothing was written."""

    exit_code = 130
