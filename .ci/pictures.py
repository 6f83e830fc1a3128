"""
Show what a change does to the eight figures of the documentation.

    python .ci/pictures.py BEFORE AFTER OUT

BEFORE and AFTER are two checkouts. For each figure a picture in OUT has three parts: before, after,
and the later one, pale, with what differs in red. One line for each says how much differs.
"""

import argparse
import subprocess
import sys
from pathlib import Path

from PIL import Image, ImageChops, ImageFilter

# Run in a checkout, so that it imports the package that lies there.
DRAW = """
import runpy, sys
from pathlib import Path
for script in sorted(Path("docs/figures").glob("*.py")):
    picture = runpy.run_path(str(script))["picture"]
    picture.save(Path(sys.argv[1]) / f"{script.stem}.png", width=170)
"""
GAP = 40  # pixels between the parts
PALE = 0.75  # how far the later picture goes towards white, so that red is seen


def draw(checkout: Path, out: Path) -> None:
    """Draw the figures of a checkout into a new folder."""
    out.mkdir(parents=True)
    command = [sys.executable, "-c", DRAW, str(out.resolve())]
    subprocess.run(command, cwd=checkout, check=True, stdout=subprocess.DEVNULL)


def read(file: Path, size: tuple[int, int]) -> Image.Image:
    """Read a picture onto white paper of a size; white alone if there is no such file."""
    paper = Image.new("RGB", size, "white")
    if file.is_file():
        with Image.open(file) as picture:
            paper.paste(picture.convert("RGB"))
    return paper


def compare(before_file: Path, after_file: Path, out: Path) -> float:
    """Write before, after and difference side by side, and give the share of pixels that differ."""
    sizes = []
    for file in (before_file, after_file):
        if file.is_file():
            with Image.open(file) as picture:
                sizes.append(picture.size)
    width = max(size[0] for size in sizes)
    height = max(size[1] for size in sizes)
    before = read(before_file, (width, height))
    after = read(after_file, (width, height))

    # white where any of the three colours differs
    red, green, blue = ImageChops.difference(before, after).split()
    largest = ImageChops.lighter(ImageChops.lighter(red, green), blue)
    differs = largest.point(lambda level: 255 if level else 0)
    n_different = differs.histogram()[255]

    # wider than one pixel, so that it is seen
    mask = differs.filter(ImageFilter.MaxFilter(5))
    difference = Image.blend(after, Image.new("RGB", after.size, "white"), PALE)
    difference.paste("red", mask=mask)

    strip = Image.new("RGB", (3 * width + 2 * GAP, height), "grey")
    for place, part in enumerate((before, after, difference)):
        strip.paste(part, (place * (width + GAP), 0))
    strip.save(out)
    return n_different / (width * height)


def main() -> None:
    """Draw both sides, compare each figure, and say how much differs."""
    parser = argparse.ArgumentParser(description=__doc__.strip().splitlines()[0])
    for name in ("before", "after", "out"):
        parser.add_argument(name, type=Path)
    options = parser.parse_args()
    sides = {"before": options.before, "after": options.after}
    for side, checkout in sides.items():
        draw(checkout, options.out / side)
    names = {file.name for side in sides for file in (options.out / side).glob("*.png")}
    for name in sorted(names):
        before, after = (options.out / side / name for side in sides)
        share = compare(before, after, options.out / name)
        print(f"- {name}: {share:.2%} of its pixels differ" if share else f"- {name}: the same")


if __name__ == "__main__":
    main()
