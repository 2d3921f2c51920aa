"""What a browser without scripts would send of a form: its successful controls."""

from html.parser import HTMLParser


class Controls(HTMLParser):
    """Collects names and values of the fields of a page's forms; buttons are only sent when they are pressed."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.values: dict[str, str] = {}
        self.buttons: list[str] = []
        self._select = self._textarea = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        match tag:
            case "input" if found.get("type") in ("checkbox", "radio"):
                if "checked" in found:
                    self.values[found["name"]] = found["value"]
            case "input" if "name" in found:
                self.values[found["name"]] = found.get("value", "")
            case "select":
                self._select = found["name"]
            case "option" if self._select and (self._select not in self.values or "selected" in found):
                self.values[self._select] = found["value"]
            case "textarea":
                self._textarea = found["name"]
                self.values[self._textarea] = ""
            case "button" if "name" in found:
                self.buttons.append(found["name"])
            case _:
                pass

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self._select = ""
        if tag == "textarea":
            # Browsers drop the line break that begins a text area, and send the others as \r\n.
            text = self.values[self._textarea].removeprefix("\n")
            self.values[self._textarea] = text.replace("\n", "\r\n")
            self._textarea = ""

    def handle_data(self, data: str) -> None:
        if self._textarea:
            self.values[self._textarea] += data


def controls(html: str) -> Controls:
    """The fields and buttons of the page."""
    found = Controls()
    found.feed(html)
    found.close()
    return found
