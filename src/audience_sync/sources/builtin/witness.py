"""Whether a question can have another answer than it had: told without reading a profile."""

import json
from dataclasses import asdict
from hashlib import sha256

from audience_sync.model.segments import ListSegment, RuleSegment, Segment
from audience_sync.sources.builtin.compile import compile_rule
from audience_sync.sources.builtin.fingerprints import fingerprint_tag
from audience_sync.sources.builtin.folder import Folder
from audience_sync.sources.builtin.lists import list_mark
from audience_sync.sources.protocol import Question


def witness(folder: Folder, segment: Segment, question: Question) -> str:
    """A text that is equal for two questions only if their answers are; `` where that cannot be told.

    It cannot for rules that look at the time of the question, and for the user's own SQL.
    """
    asked = {**asdict(question), "as_of": "", "segment": repr(segment), "fp": fingerprint_tag(question.default_country)}
    match segment:
        case RuleSegment(rule):
            if compile_rule(rule, folder.manifest(question.snapshot), question.as_of).follows_time:
                return ""
        case ListSegment():
            asked["list"] = list_mark(folder, segment)
        case _:
            return ""
    return sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()
