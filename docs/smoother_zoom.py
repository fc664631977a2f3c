"""Writes a take anew with a smoother zoom: python3 docs/smoother_zoom.py TAKE NEW

In: a take's folder. Out: a copy of it, in which the zoom follows the hand within half a second. A
take is plain data: one JSON object a line, with what has changed since the line before of its kind.
"""

import json
import math
import shutil
import sys
from pathlib import Path

LANE, SECONDS = "motion.zoom", 0.5

old, new = map(Path, sys.argv[1:3])
shutil.copytree(old, new)
lines = [json.loads(text) for text in (old / "log.jsonl").open(encoding="utf-8")]
ticks = [line for line in lines if line["kind"] == "tick"]

zoom = wanted = json.loads((old / "take.json").read_text("utf-8"))["state"]["values"][LANE]
before = ticks[0]["t"]
for tick in ticks:
    for part in ("set", "hand"):
        wanted = tick.get(part, {}).get(LANE, wanted)
    zoom += (wanted - zoom) * (1 - math.exp((before - tick["t"]) / SECONDS))
    before = tick["t"]
    tick.setdefault("hand", {})[LANE] = zoom

with (new / "log.jsonl").open("w", encoding="utf-8") as file:
    file.writelines(json.dumps(line) + "\n" for line in lines)
