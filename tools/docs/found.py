"""Every error code that the code can end in, with its class and its words, read from the source."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from audience_sync import errors
from audience_sync.errors import AudienceSyncError

SOURCE = Path(errors.__file__).parent


@dataclass(frozen=True, slots=True)
class Found:
    """A code where it stands. `status` is None where no error of ours is raised, only words are printed."""

    code: str
    status: int | None
    message: str
    hint: str


def own_classes() -> Iterator[type[AudienceSyncError]]:
    """Every class of `errors`, in the order of the file."""
    for value in vars(errors).values():
        if isinstance(value, type) and issubclass(value, AudienceSyncError):
            yield value


def special() -> list[Found]:
    """Codes more precise than their class's, in order, each once for everything that is said with it."""
    everything = {each for path in SOURCE.rglob("*.py") for each in _Module(path).found()}
    return sorted(everything, key=lambda each: (each.code, each.message, each.hint, each.status or 0))


class _Module:
    """One file of the source."""

    def __init__(self, path: Path) -> None:
        self.tree = ast.parse(path.read_text("utf-8"))
        self.is_ground = path.name == "errors.py"
        self.constants = {
            target.id: each.value
            for each in self.tree.body
            if isinstance(each, ast.Assign)
            for target in each.targets
            if isinstance(target, ast.Name)
        }

    def found(self) -> Iterator[Found]:
        if self.is_ground:
            return
        for node in ast.walk(self.tree):
            match node:
                case ast.Call():
                    yield from self._call(node)
                case ast.ClassDef():
                    yield from self._class(node)
                case ast.FunctionDef() | ast.AsyncFunctionDef():
                    yield from self._default(node)

    def _call(self, call: ast.Call) -> Iterator[Found]:
        """`Conflict("...", "...", code="X")`."""
        for keyword in call.keywords:
            code = self._code(keyword.value) if keyword.arg == "code" else ""
            if code:
                kind = self._kind(call.func)
                message, hint = [*map(_words, call.args[:2]), "", ""][:2]
                yield Found(code, kind.status if kind else None, message or _meaning(kind), hint)

    def _class(self, node: ast.ClassDef) -> Iterator[Found]:
        """A class of its own with `code = "X"`."""
        for each in node.body:
            if isinstance(each, ast.Assign) and ast.unparse(each.targets[0]) == "code":
                code, base = self._code(each.value), self._kind(node.bases[0]) if node.bases else None
                if code and base:
                    yield Found(code, self._status(node) or base.status, ast.get_docstring(node) or "", "")

    def _default(self, function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[Found]:
        """`def f(*, code: str = X) -> Conflict`."""
        for argument, value in zip(function.args.kwonlyargs, function.args.kw_defaults, strict=True):
            code = self._code(value) if argument.arg == "code" and value else ""
            if code:
                kind = self._kind(function.returns)
                yield Found(code, kind.status if kind else None, _meaning(kind), "")

    def _status(self, node: ast.ClassDef) -> int:
        """The status that the class gives itself, or 0."""
        for each in node.body:
            if isinstance(each, ast.Assign) and ast.unparse(each.targets[0]) == "status":
                return int(ast.literal_eval(each.value))
        return 0

    def _code(self, node: ast.expr | None) -> str:
        """The code that an expression stands for; nothing when it is not one."""
        if isinstance(node, ast.Name):
            node = self.constants.get(node.id)
        is_code = isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.isupper()
        return str(ast.literal_eval(node)) if node and is_code else ""

    def _kind(self, node: ast.expr | None) -> type[AudienceSyncError] | None:
        """The class that a name is, or that the function of that name gives back."""
        name = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
        kind = getattr(errors, name, None)
        if isinstance(kind, type):
            return kind
        for each in ast.walk(self.tree):
            if isinstance(each, ast.FunctionDef) and each.name == name and each.returns is not node:
                return self._kind(each.returns)
        return None


def _meaning(kind: type[AudienceSyncError] | None) -> str:
    return (kind.__doc__ or "").splitlines()[0] if kind and kind.__doc__ else ""


def _words(node: ast.expr) -> str:
    """A text with `…` for what is only known when it happens; nothing when all of it is."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr():
            return "".join(str(each.value) if isinstance(each, ast.Constant) else "…" for each in node.values)
        case _:
            return ""
