"""Parts of the panel that are unfolded one at a time, by a click or from the keyboard."""

from __future__ import annotations

from collections.abc import Sequence

import ipywidgets as w

FOLDED, UNFOLDED = "▸", "▾"


class Folds:
    """A button over each part. The headings of ipywidgets' own accordion are out of the keyboard's reach."""

    def __init__(self, parts: Sequence[tuple[str, w.Widget]], *, unfolded: int | None = None) -> None:
        self._titles = [title for title, _ in parts]
        self._parts = [part for _, part in parts]
        self.buttons = [w.Button(layout=w.Layout(width="100%", height="auto")) for _ in parts]
        for at, (button, part) in enumerate(zip(self.buttons, self._parts, strict=True)):
            button.add_class("fold")
            part.add_class("folded")
            button.on_click(lambda _, at=at: self.show(None if self.unfolded == at else at))
        self.box = w.VBox([each for pair in zip(self.buttons, self._parts, strict=True) for each in pair])
        self.show(unfolded)

    def show(self, wanted: int | None) -> None:
        """Unfold one part and fold the others; none of them for None."""
        self.unfolded = wanted
        for at, (button, part) in enumerate(zip(self.buttons, self._parts, strict=True)):
            is_open = at == wanted
            button.description = f"{UNFOLDED if is_open else FOLDED} {self._titles[at]}"
            part.layout.display = "" if is_open else "none"
