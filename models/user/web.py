"""One careful GET: https only, few redirects and none to elsewhere, ranges, every failure named."""

from __future__ import annotations

import http.client
import re
import ssl
import urllib.error
import urllib.request
from dataclasses import dataclass
from http.client import HTTPResponse
from types import TracebackType
from typing import IO, Final
from urllib.parse import urlsplit

from ...core.data.errors import DownloadError

_MOST_REDIRECTS: Final = 5
_RANGE_NOT_SATISFIABLE: Final = 416
_PARTIAL: Final = 206


class Dropped(Exception):
    """A connection failed in a way that may pass; the message is the reason."""


class Gone(Exception):
    """The server has no byte from the one asked for on; ``length`` of its file, if it says."""

    def __init__(self, length: int | None) -> None:
        super().__init__()
        self.length = length


@dataclass(frozen=True, slots=True)
class Answer:
    """The server's file from byte ``start`` on, ``length`` bytes if it says; ``version`` is what
    to ask by for the rest of the same file, None when the server gives nothing to go by."""

    start: int
    length: int | None
    version: str | None
    _response: HTTPResponse
    _silence_s: float

    def __enter__(self) -> Answer:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._response.close()

    def read(self, most: int) -> bytes:
        """Return what has come, at most so many bytes; empty at the end. Raises Dropped."""
        try:
            return self._response.read1(most)
        except (OSError, http.client.HTTPException) as error:
            raise Dropped(_reason(error, self._silence_s)) from error


class Web:
    """Asks servers whose addresses have one of ``schemes``."""

    def __init__(self, schemes: tuple[str, ...], silence_s: float) -> None:
        self._schemes = schemes
        self._silence_s = silence_s
        # Built by hand: the usual opener would also open file:, ftp: and data: addresses.
        self._opener = urllib.request.OpenerDirector()
        for handler in (
            urllib.request.ProxyHandler(),
            urllib.request.HTTPHandler(),
            urllib.request.HTTPSHandler(context=_certificates()),
            urllib.request.HTTPDefaultErrorHandler(),
            urllib.request.HTTPErrorProcessor(),
            _Redirects(schemes),
        ):
            self._opener.add_handler(handler)

    @staticmethod
    def host(url: str) -> str:
        """Return the server's name."""
        return urlsplit(url).hostname or url

    def check(self, url: str) -> None:
        """Raise DownloadError unless ``url`` has an allowed scheme."""
        if urlsplit(url).scheme not in self._schemes:
            raise DownloadError(f"The address {url} is not https; nothing was fetched.")

    def get(self, url: str, start: int, version: str | None) -> Answer:
        """Ask for a file from byte ``start`` on, or all of it when it isn't ``version`` any more.

        Raises Dropped, Gone, and DownloadError for what will not pass by itself.
        """
        request = urllib.request.Request(
            url, headers={"User-Agent": "Limn", "Accept-Encoding": "identity"}
        )
        if start and version:
            request.add_header("Range", f"bytes={start}-")
            request.add_header("If-Range", version)
        try:
            response = self._opener.open(request, timeout=self._silence_s)
        except urllib.error.HTTPError as error:
            with error:
                raise self._refusal(url, error) from error
        except (OSError, http.client.HTTPException) as error:
            raise Dropped(_reason(error, self._silence_s)) from error
        return self._answer(response, start)

    def _answer(self, response: HTTPResponse, start: int) -> Answer:
        length = response.headers.get("Content-Length", "")
        begins = 0
        if response.status == _PARTIAL:
            found = re.match(r"bytes (\d+)-", response.headers.get("Content-Range", ""))
            if found is None or int(found[1]) != start:
                response.close()
                raise DownloadError("The server sent another part of the file than was asked for.")
            begins = start
        etag = response.headers.get("ETag", "")
        # A weak ETag names files that mean the same, not the same bytes.
        version = etag if etag.startswith('"') else response.headers.get("Last-Modified")
        size = int(length) if length.isdecimal() else None
        return Answer(begins, size, version, response, self._silence_s)

    def _refusal(self, url: str, error: urllib.error.HTTPError) -> Exception:
        host, code = self.host(url), error.code
        if code == _RANGE_NOT_SATISFIABLE:
            found = re.match(r"bytes \*/(\d+)", error.headers.get("Content-Range", ""))
            return Gone(int(found[1]) if found else None)
        if code >= 500 or code == 429:
            return Dropped(f"the server is busy or broken (HTTP {code})")
        if 300 <= code < 400:
            return DownloadError(
                f"The server {host} sends the download elsewhere than to a https address, or in "
                "circles; nothing was fetched."
            )
        return DownloadError(f"The server {host} does not give out {url} (HTTP {code}).")


class _Redirects(urllib.request.HTTPRedirectHandler):
    max_redirections = _MOST_REDIRECTS

    def __init__(self, schemes: tuple[str, ...]) -> None:
        self._schemes = schemes

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: http.client.HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        """Follow to allowed schemes only, so that https never falls back to http."""
        if urlsplit(newurl).scheme not in self._schemes:
            raise urllib.error.HTTPError(req.full_url, code, msg, headers, fp)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _certificates() -> ssl.SSLContext:
    context = ssl.create_default_context()
    try:
        import certifi  # Blender brings it, as its own Python may not find the system's
    except ImportError:
        return context
    context.load_verify_locations(certifi.where())
    return context


def _reason(error: Exception, silence_s: float) -> str:
    cause = error.reason if isinstance(error, urllib.error.URLError) else error
    if isinstance(cause, TimeoutError):
        return f"the server was silent for {silence_s:g} s"
    if isinstance(cause, ssl.SSLError):
        return "the server's certificate or encryption is not in order"
    if isinstance(cause, OSError) and cause.strerror:
        return cause.strerror
    return str(cause) or type(cause).__name__
