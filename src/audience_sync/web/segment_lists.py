"""A segment of a fixed list: a file of identifiers is uploaded, or some are pasted, and what became of each is told."""

import asyncio
import json
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from fastapi.responses import Response
from starlette.datastructures import UploadFile

from audience_sync.errors import AudienceSyncError, Conflict, Invalid
from audience_sync.flows import segment_lists, segments
from audience_sync.flows.segment_lists import Uploaded
from audience_sync.flows.segment_looks import look
from audience_sync.flows.segments import SegmentView
from audience_sync.model.segments import ListKind
from audience_sync.web.access import Creator, pages
from audience_sync.web.forms import Form, refused
from audience_sync.web.segment_form import MOST_FIELDS, texts_of
from audience_sync.web.segment_preview import NAMES, covered
from audience_sync.web.segment_words import LISTED, LISTED_MANY
from audience_sync.web.visit import Visit
from audience_sync.web.words import plural

routes = pages()
FIELDS = {**NAMES, "LIST_EMPTY": "file", "NO_FILE": "file", "INVALID": "file", "UNKNOWN_KIND": "kind"}
MOST_PASTED = 1024 * 1024
"""Characters."""
REASONS = {
    "blank": "blank",
    "repeated": "there already, in an earlier row",
    "not_email": "no e-mail address",
    "not_phone": "no phone number",
    "no_country": "a phone number without the code of its country",
    "not_id": "no profile id: too long, or with control characters",
}
KINDS = (
    (ListKind.EMAIL, "E-mail addresses", "Matched without regard to case."),
    (ListKind.PHONE, "Phone numbers", "With the code of their country, such as +1 415 555 0100."),
    (ListKind.PROFILE_ID, "Profile ids", "As they were imported."),
)


@routes.get("/segments/new/list")
async def ask(visit: Creator) -> Response:
    """The form of an upload."""
    return _page(visit, Form({"kind": ListKind.EMAIL}))


@routes.post("/segments/new/list")
async def make(visit: Creator) -> Response:
    """The new segment, with what was taken of the file and what was refused, by reason."""
    async with _received(visit) as (texts, file):
        try:
            made = await segment_lists.upload(
                visit.app, visit.actor, texts["name"], _kind(texts), file=_there(file), description=texts["description"]
            )
        except AudienceSyncError as problem:
            return _page(visit, _refused(problem, texts), status=problem.status)
    return await _told(visit, made)


@routes.get("/segments/{segment_id}/list")
async def edit(visit: Creator, segment_id: str) -> Response:
    """Name and description; a new file only if one is given."""
    segment = await _segment(visit, segment_id)
    values = {"name": segment.name, "description": segment.description, "kind": segment.definition["kind"]}
    return _page(visit, Form(values), segment)


@routes.post("/segments/{segment_id}/list")
async def change(visit: Creator, segment_id: str) -> Response:
    """The segment is as written; where a file came with it, its list is that."""
    segment = await _segment(visit, segment_id)
    async with _received(visit) as (texts, file):
        try:
            kept = await segments.update(
                visit.app, visit.actor, segment_id, name=texts["name"], description=texts["description"]
            )
            if file is None:
                return visit.go(f"/segments/{segment_id}", f"{kept.name} is changed.")
            made = await segment_lists.replace(visit.app, visit.actor, segment_id, _kind(texts), file=file)
        except AudienceSyncError as problem:
            return _page(visit, _refused(problem, texts), segment, status=problem.status)
    return await _told(visit, made)


@asynccontextmanager
async def _received(visit: Visit) -> AsyncIterator[tuple[dict[str, str], Path | None]]:
    """The form's texts, and what was uploaded or else pasted, as a file for as long as it is needed."""
    async with visit.request.form(max_fields=MOST_FIELDS, max_part_size=MOST_PASTED) as sent:
        texts = dict.fromkeys(("name", "description", "kind", "values"), "") | texts_of(sent)
        upload = sent.get("file")
        with TemporaryDirectory(prefix="audience-sync-upload-") as folder:
            # Browsers send a file that was not chosen as one without a name.
            if isinstance(upload, UploadFile) and upload.filename:
                path = Path(folder) / _name(upload.filename)
                await asyncio.to_thread(_keep, upload, path)
                yield texts, path
            elif texts["values"].strip():
                path = Path(folder) / "pasted"
                path.write_text(_as_lines(texts["values"], texts["kind"]), "utf-8")
                yield texts, path
            else:
                yield texts, None


def _name(sent: str) -> str:
    """What complaints call the file; nothing of a path is kept."""
    name = sent.replace("\\", "/").rpartition("/")[2]
    return "".join(each for each in name if each.isprintable())[:100].strip(". ") or "upload"


def _keep(upload: UploadFile, path: Path) -> None:
    with path.open("wb") as file:
        shutil.copyfileobj(upload.file, file)


def _as_lines(pasted: str, kind: str) -> str:
    """One JSON object a line, so that nothing in a value is taken for a delimiter or a header."""
    return "".join(json.dumps({kind: line}) + "\n" for line in pasted.split("\n"))


def _there(file: Path | None) -> Path:
    if file is None:
        raise Invalid("There is no list.", "Choose a file, or paste identifiers, one a line.", code="NO_FILE")
    return file


def _kind(texts: dict[str, str]) -> ListKind:
    chosen = texts.get("kind", "")
    if chosen not in tuple(ListKind):
        raise Invalid("It is not said what the list holds.", "Choose one.", code="UNKNOWN_KIND")
    return ListKind(chosen)


def _refused(problem: AudienceSyncError, texts: dict[str, str]) -> Form:
    form = refused(problem, texts, FIELDS)
    reasons = problem.details.get("refused")
    if not isinstance(reasons, dict):
        return form
    said = ", ".join(f"{count} × {REASONS[reason]}" for reason, count in reasons.items())
    return Form(form.values, {"file": f"{problem.message} They are: {said}."})


async def _segment(visit: Visit, segment_id: str) -> SegmentView:
    segment = await segments.get(visit.app, visit.actor, segment_id)
    if segment.definition["type"] != "list":
        raise Conflict(f"{segment.name} is no fixed list.", "Change it on its own page.", code="NOT_A_LIST")
    return segment


async def _told(visit: Visit, made: Uploaded) -> Response:
    """The page after an upload."""
    seen = await look(visit.app, visit.actor, made.segment.id)
    kind = ListKind(made.segment.definition["kind"])
    taken = plural(made.sifted.taken, LISTED[kind], LISTED_MANY.get(kind, ""))
    return visit.page(
        "segments/uploaded.html",
        segment=made.segment,
        sifted=made.sifted,
        taken=taken,
        look=seen,
        reasons=REASONS,
        covered=covered,
    )


def _page(visit: Visit, form: Form, segment: SegmentView | None = None, *, status: int = 200) -> Response:
    here = f"/segments/{segment.id if segment else 'new'}/list"
    return visit.page("segments/upload.html", status=status, form=form, segment=segment, here=here, kinds=KINDS)
