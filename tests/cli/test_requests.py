"""Requests: what a worker is asked, in one line of JSON, and how it is refused."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from limn.cli.main import make_parser
from limn.cli.requests import arguments_of
from limn.core.data.errors import LimnError, SettingsError
from limn.core.data.take_file import load_take
from limn.core.pipeline.request import MOST_BYTES, VERSION, Request, read_request

WORKER = Path(__file__).with_name("fake_worker.py")
LIMIT_S = 60


def _arguments(command: str, /, **options: object) -> Any:  # noqa: ANN401 - argparse's namespace
    return arguments_of(read_request(Request(command, options).as_line()), make_parser())


@pytest.mark.parametrize(
    ("command", "options", "words"),
    [
        (
            "estimate",
            {"clips": ["a b.mp4", "-c.mp4"], "output": "o.take.npz", "max_people": 3,
             "min_confidence": 0.5, "height_m": 1.8, "fov_deg": "auto"},
            ["estimate", "-o", "o.take.npz", "--max-people", "3", "--min-confidence", "0.5",
             "--height", "1.8", "--fov", "auto", "--", "a b.mp4", "-c.mp4"],
        ),
        (
            "people",
            {"take": "t.npz", "output": "o.npz",
             "choices": [["rename", ["1", "Anna"]], ["keep", ["1", "3"]], ["split", ["1@8"]]]},
            ["people", "t.npz", "--rename", "1", "Anna", "--keep", "1", "3", "--split", "1@8",
             "-o", "o.npz"],
        ),
        (
            "models download", {"name": "rtmpose-m", "yes": True},
            ["models", "download", "rtmpose-m", "--yes"],
        ),
        ("models add", {"file": "f.onnx", "name": "x"}, ["models", "add", "f.onnx", "--as", "x"]),
        ("doctor", {}, ["doctor"]),
        (
            "preview", {"take": "t.npz", "output": "o.mp4", "mesh": True, "style": "overlay"},
            ["preview", "t.npz", "-o", "o.mp4", "--mesh"],
        ),
        (
            "edit", {"take": "t.npz", "output": "o.npz", "at": [0, 1.5, 0], "trim": [3, 9]},
            ["edit", "t.npz", "-o", "o.npz", "--at", "0", "1.5", "0", "--trim", "3", "9"],
        ),
    ],
)  # fmt: skip
def test_a_request_says_what_the_shell_would(
    command: str, options: dict[str, object], words: list[str]
) -> None:
    asked, said = vars(_arguments(command, **options)), vars(make_parser().parse_args(words))
    del said["request"]
    assert asked == {**said, "progress": "json", "json": False}
    for name in said.keys() - {"progress"}:
        assert type(asked[name]) is type(said[name]), name


_REFUSED = {
    "estimate": [
        ({"clips": ["a.mp4"]}, "needs one of output, output_dir"),
        ({"clips": ["a.mp4"], "output": "a", "output_dir": "b"}, "leave one out"),
        ({"output": "o.npz"}, "lacks 'clips'"),
        ({"clips": "a.mp4", "output": "o"}, "'clips' is 'a.mp4'"),
        ({"clips": [], "output": "o"}, "'clips' is "),
        ({"clips": [1], "output": "o"}, "must be text"),
        ({"clips": ["a\0"], "output": "o"}, "must be text"),
        ({"clips": ["a"], "output": "o", "colour": "red"}, "has an option 'colour'"),
        ({"clips": ["a"], "output": "o", "progress": "bar"}, "has an option 'progress'"),
        ({"clips": ["a"], "output": "o", "execute": "x"}, "has an option 'execute'"),
        ({"clips": ["a"], "output": "o", "command": "x"}, "has an option 'command'"),
        ({"clips": ["a"], "output": "o", "max_people": "3"}, "must be a whole number"),
        ({"clips": ["a"], "output": "o", "max_people": True}, "must be a whole number"),
        ({"clips": ["a"], "output": "o", "max_people": 2.5}, "must be a whole number"),
        ({"clips": ["a"], "output": "o", "min_confidence": "half"}, "must be a number"),
        ({"clips": ["a"], "output": "o", "height_m": "tall"}, "'height_m' is 'tall'"),
        ({"clips": ["a"], "output": "o", "height_m": [1]}, "must be text"),
    ],
    "preview": [
        ({"take": "t", "output": "o", "mesh": 1}, "must be true or false"),
        ({"take": "t", "output": "o", "style": "cubist"}, "must be one of overlay, gallery"),
    ],
    "people": [
        ({"take": "t", "choices": {"drop": ["1"]}}, "a list of pairs"),
        ({"take": "t", "choices": [["banish", ["1"]]]}, "must be one of keep, drop"),
        ({"take": "t", "choices": [["merge", ["1"]]]}, "as long as the option takes"),
    ],
    "models": [],
    "models fly": [({}, "command is 'models fly'")],
    "doctor now": [({}, "command is 'doctor now'")],
    "fly": [({}, "command is 'fly'")],
    "": [({}, "command is ''")],
    "--help": [({}, "command is '--help'")],
}


@pytest.mark.parametrize(
    ("command", "options", "sentence"),
    [(name, *case) for name, cases in _REFUSED.items() for case in cases],
)
def test_what_a_request_may_not_say(
    command: str, options: dict[str, object], sentence: str
) -> None:
    with pytest.raises(SettingsError) as error:
        _arguments(command, **options)
    assert sentence in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("", "no JSON"),
        ("[" * 100_000, "no JSON"),
        ("{}", "has no 'limn_request'"),
        ("[1]", "has no 'limn_request'"),
        ('{"limn_request": 2, "command": "doctor"}', "of version 2"),
        ('{"limn_request": true, "command": "doctor"}', "of version True"),
        ('{"limn_request": 1, "command": "doctor", "shell": "rm"}', "has 'shell'"),
        ('{"limn_request": 1}', "needs a 'command'"),
        ('{"limn_request": 1, "command": ["doctor"]}', "needs a 'command'"),
        ('{"limn_request": 1, "command": "doctor", "options": []}', "needs a 'command'"),
        ('{"limn_request": 1, "command": "edit", "options": {"at": NaN}}', "NaN is no number"),
    ],
)
def test_a_line_that_is_no_request(line: str, sentence: str) -> None:
    with pytest.raises(SettingsError) as error:
        read_request(line)
    assert sentence in str(error.value)


def test_a_request_goes_through_a_line_and_back() -> None:
    request = Request("export", {"take": "ünï\ud800.npz", "to": "line\nbreak", "still": True})
    line = request.as_line()
    assert "\n" not in line
    assert json.loads(line)["limn_request"] == VERSION
    assert read_request(line) == request
    with pytest.raises(ValueError, match="JSON compliant"):
        Request("edit", {"facing": float("nan")}).as_line()


def _worker(clip: Path, *words: str) -> subprocess.Popen[str]:
    command = [sys.executable, str(WORKER), "0", str(clip), "--request", *words]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True)


def _events(worker: subprocess.Popen[str]) -> list[dict[str, Any]]:
    assert worker.stdout is not None
    return [json.loads(line) for line in worker.stdout.read().splitlines()]


@pytest.mark.parametrize("way", ["stdin", "file"])
def test_the_worker_does_what_it_is_asked(clip: Path, way: str) -> None:
    output = clip.with_name("out.take.npz")
    request = Request("estimate", {"clips": [str(clip)], "output": str(output)})
    file = clip.with_name("request.json")
    file.write_text(request.as_line(), "utf-8")
    with _worker(clip, "-" if way == "stdin" else str(file)) as worker:
        assert worker.stdin is not None
        if way == "stdin":
            worker.stdin.write(request.as_line() + "\n")
            worker.stdin.flush()
        assert worker.wait(LIMIT_S) == 0
        *steps, last = _events(worker)
    assert {step["event"] for step in steps} == {"progress"}
    assert (last["event"], last["take"]) == ("done", str(output))
    assert load_take(output).people


def test_a_worker_is_refused_in_one_event(clip: Path) -> None:
    with _worker(clip, "-") as worker:
        assert worker.stdin is not None
        worker.stdin.write('{"limn_request": 1, "command": "fly"}\n')
        worker.stdin.flush()
        assert worker.wait(LIMIT_S) == SettingsError.exit_code
        (event,) = _events(worker)
    assert (event["event"], event["exit_code"]) == ("error", 2)
    assert "'fly'" in event["message"]


@pytest.mark.parametrize("begun", ["", '{"limn_request": 1'])
def test_nobody_who_asks_is_a_cancelled_run(clip: Path, begun: str) -> None:
    with _worker(clip, "-") as worker:
        assert worker.stdin is not None
        worker.stdin.write(begun)
        worker.stdin.close()
        assert worker.wait(LIMIT_S) == 130
        (event,) = _events(worker)
        assert worker.stderr is not None
        assert "Traceback" not in worker.stderr.read()
    assert (event["event"], event["exit_code"]) == ("error", 130)


def test_an_endless_request_is_refused(clip: Path) -> None:
    file = clip.with_name("request.json")
    file.write_bytes(b" " * (MOST_BYTES + 1))
    with _worker(clip, str(file)) as worker:
        assert worker.wait(LIMIT_S) == 2
        (event,) = _events(worker)
    assert "longer than" in event["message"]
    with _worker(clip, str(clip.with_name("none.json"))) as worker:
        assert worker.wait(LIMIT_S) == 2
        (event,) = _events(worker)
    assert "none.json" in event["message"]


def test_every_command_takes_requests() -> None:
    """Whatever a command's parser holds, its options can be named, and wrong ones are refused."""
    names = "estimate solve people edit build retarget export preview depth info doctor compare"
    for name in names.split():
        with pytest.raises(LimnError, match=r"has an option 'nonsense'|needs one of|lacks"):
            _arguments(name, nonsense=1)


def test_the_documents_examples_are_requests() -> None:
    root = Path(__file__).resolve().parents[2]
    page = (root / "docs" / "guide" / "request.md").read_text("utf-8")
    (example,) = re.findall(r"```\n(\{.*?\})\n```", page, re.DOTALL)
    arguments = arguments_of(read_request(example), make_parser())
    assert (arguments.quality, arguments.max_people) == ("best", 2)
    (choices,) = re.findall(r'`"choices": (\[.*?\]\])`', page)
    people = _arguments("people", take="t", choices=json.loads(choices))
    assert people.choices == [("drop", ["2"]), ("rename", ["1", "Anna"])]


def test_options_that_may_come_again_are_lists() -> None:
    given = {"clips": ["a.mp4"], "output": "takes"}
    arguments = arguments_of(
        read_request(Request("batch", {**given, "also": [".bvh", ".mp4"]}).as_line()), make_parser()
    )
    assert arguments.also == [".bvh", ".mp4"]
    for wrong in (".bvh", [3], [[".bvh"]]):
        with pytest.raises(SettingsError, match="'also'"):
            arguments_of(
                read_request(Request("batch", {**given, "also": wrong}).as_line()), make_parser()
            )
