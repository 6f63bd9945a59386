"""YAML files are parsed once a process, and nobody notices."""

from __future__ import annotations

from pathlib import Path

from simlib.yamlfile import load_yaml


def test_everybody_gets_a_copy_of_his_own(tmp_path: Path) -> None:
    """Law is read again and again; what one reader takes out of it must not be missing for the next."""
    file = tmp_path / "a.yaml"
    file.write_text("a: {b: [1, 2]}\n", "utf-8")
    content, lines = load_yaml(file)
    content["a"]["b"].append(3)
    lines.clear()

    content, lines = load_yaml(file)
    assert content == {"a": {"b": [1, 2]}}
    assert lines[("a", "b", 1)] == 1


def test_a_file_that_changed_is_read_anew(tmp_path: Path) -> None:
    """A planner mends a file while the workbench is open."""
    file = tmp_path / "a.yaml"
    read = []
    for text in ("a: 1\n", "a: 2\n"):
        file.write_text(text, "utf-8")
        read.append(load_yaml(file)[0])

    assert read == [{"a": 1}, {"a": 2}]
