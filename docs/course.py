"""Makes course.md and its pictures, without a display: python docs/course.py [LESSON ...]"""

from __future__ import annotations

import os
import sys
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from PySide6.QtCore import Qt  # noqa: E402

from app.export.lesson.taught import taught  # noqa: E402
from app.export.qt import ready  # noqa: E402
from app.lessons import reader  # noqa: E402

WIDE, QUALITY = 640, 68
INTRODUCTION = """# The course, step by step

Every step of the lessons that come with Rewire, as the show has it at 1280 x 720 in the projector theme, with what was
measured for each claim. Made by `python docs/course.py`; `main.py lessons check` verifies the claims anew.
"""


def main(names: list[str]) -> None:
    ready()
    parts = [INTRODUCTION]
    (HERE / "course").mkdir(exist_ok=True)
    for head in reader.heads():
        if names and head.name not in names:
            continue
        parts.append(f"\n## {head.title}\n\n{head.about}\n")
        for one in taught(reader.shipped(head.name), "projector", "cpu"):
            file = f"course/{head.name}-{one.number}.webp"
            small = one.picture().scaledToWidth(WIDE, Qt.TransformationMode.SmoothTransformation)
            small.save(str(HERE / file), quality=QUALITY)
            parts.append(f"\n![{one.step.heading}]({file})\n")
            for claim, verdict in one.verdicts:
                parts.append(f"* {verdict.state}: `{claim.text}` ({verdict.words})")
            print(file, [verdict.state for _, verdict in one.verdicts], flush=True)
    if not names:
        (HERE / "course.md").write_text("\n".join(parts).rstrip() + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
