"""Folders for temporary files: those of killed processes are removed, whenever they were killed."""

from pathlib import Path

from navette.core.scratch import scratch_folder


def folders(scratch: Path) -> list[str]:
    return sorted(path.name for path in scratch.iterdir())


def test_a_folder_is_removed_at_the_end(tmp_path: Path) -> None:
    with scratch_folder(tmp_path) as folder:
        (folder / "spilled").write_text("rows", encoding="utf-8")
    assert folders(tmp_path) == []


def test_folders_in_use_and_those_of_other_names_stay(tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    with scratch_folder(tmp_path) as first, scratch_folder(tmp_path) as second:
        assert folders(tmp_path) == sorted(["kept", first.name, second.name])


def test_one_of_a_process_that_was_killed_is_removed(tmp_path: Path) -> None:
    (tmp_path / "run-abandoned").mkdir()
    (tmp_path / "run-abandoned" / "in-use").touch()
    with scratch_folder(tmp_path) as folder:
        assert folders(tmp_path) == [folder.name]


def test_one_of_a_process_that_was_killed_while_it_created_or_removed_it_is_removed(tmp_path: Path) -> None:
    """It has no lock."""
    (tmp_path / "run-created").mkdir()
    (tmp_path / "run-half-removed" / "spilled").mkdir(parents=True)
    with scratch_folder(tmp_path) as folder:
        assert folders(tmp_path) == [folder.name]
