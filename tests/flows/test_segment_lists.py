"""Lists by upload, looks at a segment, and who uses it."""

from pathlib import Path

import pytest

from audience_sync.errors import Conflict, Forbidden, Invalid
from audience_sync.flows import segment_lists, segments
from audience_sync.flows.segment_looks import look
from audience_sync.flows.segment_uses import uses
from audience_sync.model.segments import ListKind
from tests.cast import MARKETER, OUTSIDER, VIEWER
from tests.flows.connecting import Scene
from tests.flows.test_segments import GOLD, with_people


async def peopled(light: Scene, folder: Path) -> Path:
    """A file of two of the three people, and a stranger."""
    await with_people(light, folder)
    file = folder / "list.csv"
    file.write_text("email\nann@example.com\nCEM@example.com\nnobody\nstranger@example.com\n")
    return file


async def test_an_upload_tells_what_it_took_and_finds_its_people(light: Scene, tmp_path: Path) -> None:
    file = await peopled(light, tmp_path)
    made = await segment_lists.upload(light.app, MARKETER, "VIPs", ListKind.EMAIL, file=file)
    assert (made.sifted.taken, made.sifted.refused) == (3, {"not_email": 1})
    assert made.segment.size.profiles == 2


async def test_a_list_is_replaced_by_another_file(light: Scene, tmp_path: Path) -> None:
    file = await peopled(light, tmp_path)
    made = await segment_lists.upload(light.app, MARKETER, "VIPs", ListKind.EMAIL, file=file)
    file.write_text("profile_id\np2\n")
    changed = await segment_lists.replace(light.app, MARKETER, made.segment.id, ListKind.PROFILE_ID, file=file)
    assert (changed.segment.size.profiles, changed.segment.name) == (1, "VIPs")
    assert len(list(light.app.source.folder.lists.iterdir())) == 1


async def test_a_file_of_nothing_usable_makes_nothing(light: Scene, tmp_path: Path) -> None:
    file = await peopled(light, tmp_path)
    file.write_text("email\nnobody\n")
    with pytest.raises(Invalid, match="Nothing in the file"):
        await segment_lists.upload(light.app, MARKETER, "VIPs", ListKind.EMAIL, file=file)
    assert (await segments.list_segments(light.app, MARKETER)).items == ()


async def test_rules_are_not_replaced_by_a_list(light: Scene, tmp_path: Path) -> None:
    file = await peopled(light, tmp_path)
    made = await segments.create(light.app, MARKETER, segments.SegmentDraft("Gold", GOLD))
    with pytest.raises(Conflict, match="no fixed list"):
        await segment_lists.replace(light.app, MARKETER, made.id, ListKind.EMAIL, file=file)


async def test_a_viewer_uploads_nothing(light: Scene, tmp_path: Path) -> None:
    with pytest.raises(Forbidden):
        await segment_lists.upload(light.app, VIEWER, "VIPs", ListKind.EMAIL, file=tmp_path / "none")


async def test_a_look_counts_what_can_be_sent(light: Scene, tmp_path: Path) -> None:
    await peopled(light, tmp_path)
    made = await segments.create(light.app, MARKETER, segments.SegmentDraft("Gold", GOLD))
    seen = await look(light.app, VIEWER, made.id)
    assert seen.preview is not None
    assert (seen.segment.size.profiles, seen.preview.coverage["email"], seen.preview.coverage["phone"]) == (2, 2, 1)


async def test_segments_are_listed_by_kind(light: Scene, tmp_path: Path) -> None:
    file = await peopled(light, tmp_path)
    await segments.create(light.app, MARKETER, segments.SegmentDraft("Gold", GOLD))
    await segment_lists.upload(light.app, MARKETER, "VIPs", ListKind.EMAIL, file=file)
    found = await segments.list_segments(light.app, VIEWER, kind="list")
    assert [each.name for each in found.items] == ["VIPs"]


async def test_who_uses_a_segment_is_for_readers(light: Scene) -> None:
    assert await uses(light.app, VIEWER, ["s"]) == {"s": ()}
    with pytest.raises(Forbidden):
        await uses(light.app, OUTSIDER, ["s"])
