"""Whether a question can have another answer than it had, and of whom: told without reading a profile."""

import json
from dataclasses import asdict
from hashlib import sha256

from audience_sync.model.segments import ListSegment, RuleSegment, Segment
from audience_sync.sources.builtin.compile import compile_rule
from audience_sync.sources.builtin.fingerprints import fingerprint_tag
from audience_sync.sources.builtin.folder import Folder, Manifest
from audience_sync.sources.builtin.lists import list_mark
from audience_sync.sources.protocol import Question


def witness(folder: Folder, segment: Segment, question: Question) -> str:
    """A text that is equal for two questions only if their answers are; `` where that cannot be told.

    It cannot for rules that look at the time of the question, and for the user's own SQL.
    """
    asked = _asked(folder, folder.manifest(question.snapshot), segment, question)
    return _mark({**asked, "snapshot": question.snapshot}) if asked else ""


def ground(folder: Folder, manifest: Manifest, segment: Segment, question: Question) -> str:
    """A text that is equal for two questions only if their answers agree on all whom no file of changes has.

    Whether somebody is in a segment depends on nobody else, and a file of changes only grows beside its file of
    profiles; `` where a witness is none either.
    """
    asked = _asked(folder, manifest, segment, question)
    beneath = {
        "profiles": manifest.profiles,
        "columns": manifest.columns,
        "events": manifest.events,
        "computed": [manifest.computed, manifest.expressions, manifest.computed_types, manifest.defaults],
    }
    return _mark({**asked, **beneath}) if asked and manifest.profiles else ""


def _asked(folder: Folder, manifest: Manifest, segment: Segment, question: Question) -> dict[str, object]:
    """All of the question but its snapshot; nothing where the same question can have two answers."""
    asked = {**asdict(question), "as_of": "", "snapshot": "", "segment": repr(segment)}
    asked["fp"] = fingerprint_tag(question.default_country)
    match segment:
        case RuleSegment(rule):
            return {} if compile_rule(rule, manifest, question.as_of).follows_time else asked
        case ListSegment():
            return {**asked, "list": list_mark(folder, segment)}
        case _:
            return {}


def _mark(asked: dict[str, object]) -> str:
    return sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()
