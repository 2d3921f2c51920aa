"""Rewrites the generated pages; `make docs` runs it."""

from tools.docs.pages import ROOT, changed


def main() -> None:
    """Every generated page says what the code says; those that had to be rewritten are named."""
    for path, text in changed().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        print(path.relative_to(ROOT))


if __name__ == "__main__":
    main()
