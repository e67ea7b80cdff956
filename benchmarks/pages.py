"""Pages: what rendering them costs beside the analyses, how large they are, and the same notebooks by nbconvert's own page.

Runs the report on the bundled sample twice, so that the second run is warm, and measures that one. Where playwright and a
chromium are there, also how long each page takes to open: PYTHONPATH=.venv-browser/lib/python3.11/site-packages, which `make
browser` fills.
"""

from __future__ import annotations

import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

from analysis.report import jobs, render
from analysis.report.edition import run_edition
from analysis.report.order import Order

#: Times that a page is opened; the median counts.
OPENED = 5


def timed(function: Callable[..., Any], spent: list[float]) -> Callable[..., Any]:
    """`function`, which notes in `spent` how long each call took."""

    @wraps(function)
    def call(*arguments: Any, **options: Any) -> Any:
        start = time.perf_counter()
        try:
            return function(*arguments, **options)
        finally:
            spent.append(time.perf_counter() - start)

    return call


def measure(out: Path) -> tuple[float, float]:
    """Seconds of all notebooks, and of rendering all pages, in a warm run."""
    order = Order(out=out, jobs=1)
    run_edition(order)
    ran: list[float] = []
    rendered: list[float] = []
    kept = jobs.run_notebook, jobs.render_body, render.write_pages
    jobs.run_notebook, jobs.render_body = timed(kept[0], ran), timed(kept[1], rendered)
    render.write_pages = timed(kept[2], rendered)
    try:
        run_edition(order)
    finally:
        jobs.run_notebook, jobs.render_body, render.write_pages = kept
    return sum(ran), sum(rendered)


def by_nbconvert(notebooks: list[Path]) -> tuple[float, int]:
    """Seconds and bytes of the same executed notebooks as nbconvert's `lab` pages."""
    from nbconvert import HTMLExporter

    exporter, size, start = HTMLExporter(template_name="lab"), 0, time.perf_counter()
    for path in notebooks:
        size += len(exporter.from_filename(str(path))[0].encode())
    return time.perf_counter() - start, size


def opened(pages: list[Path]) -> dict[str, float]:
    """Milliseconds from asking for each page to its load event; empty without a browser."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        return {}
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if not chromium:
        return {}
    with sync_playwright() as driver:
        page = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"]).new_page()
        return {path.stem: statistics.median(_opening(page, path) for _ in range(OPENED)) for path in pages}


def _opening(page: Any, path: Path) -> float:
    page.goto(path.as_uri())
    return float(page.evaluate("performance.timing.loadEventEnd - performance.timing.navigationStart"))


def _megabytes(path: Path) -> str:
    return f"{path.stat().st_size / 1e6:.2f}"


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out"
        ran, rendered = measure(out)
        out /= "latest"
        pages, notebooks = sorted(out.glob("*.html")), sorted(out.glob("*.ipynb"))
        seconds, size = by_nbconvert(notebooks)
        ours = sum(path.stat().st_size for path in pages if path.stem != "index")
        largest = max(pages, key=lambda path: path.stat().st_size)
        whole = sum(path.stat().st_size for path in pages)
        share = rendered / ran
        print(f"{len(notebooks)} notebooks {ran:.1f} s, rendering {rendered:.2f} s: {share:.3f} of the analyses (at most 0.2)")
        print(f"largest page {largest.name} {_megabytes(largest)} MB (at most 1.5), all pages {whole / 1e6:.1f} MB (at most 12)")
        print(f"nbconvert's lab pages {seconds:.2f} s, {size / 1e6:.1f} MB")
        print(f"ours / theirs: {rendered / seconds:.2f} of the time, {ours / size:.2f} of the bytes")
        for name, milliseconds in opened(pages).items():
            print(f"opening {name}: {milliseconds:.0f} ms (at most 1,000)")


if __name__ == "__main__":
    main()
