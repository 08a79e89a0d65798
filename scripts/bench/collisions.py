#!/usr/bin/env python3
"""The collision curve of near deduplication, measured per script and held against theory.

    collisions.py XYLEM_BENCHMARK FOLDER [--svg FILE] [--seeds 500]

FOLDER has en.jsonl (Latin), ar.jsonl (Arabic), hi.jsonl (Devanagari) and zhs.jsonl (Han): sample-data will do. Prints a
Markdown table, draws the curves when asked to, and ends with 1 when a measured share is more than 0.02 from theory.
"""
import argparse, json, subprocess, sys

SCRIPTS = [("Latin", "en", []), ("Arabic", "ar", []), ("Devanagari", "hi", []), ("Han", "zhs", ["--characters"])]
COLOURS = ["#1f77b4", "#d95f02", "#2a9d5c", "#a0479f"]
TOLERANCE = 0.02


def drawing(curves):
    """An SVG of 640 by 400: theory as a line, measured shares as dots."""
    left, top, width, height = 60, 20, 560, 320
    x = lambda j: left + (j - 0.3) / 0.7 * width
    y = lambda p: top + (1 - p) * height
    theory = " ".join(f"{x(j / 1000):.1f},{y(1 - (1 - (j / 1000) ** 8) ** 16):.1f}" for j in range(300, 1001, 5))
    parts = [
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 400" font-family="sans-serif" font-size="12" role="img">',
        "<title>Share of pairs that meet in a band, by Jaccard similarity, measured and in theory</title>",
        '<rect width="640" height="400" fill="white"/>']
    for tick in range(0, 11, 2):
        parts.append(f'<path d="M{left} {y(tick / 10):.1f}h{width}" stroke="#ddd"/>'
                     f'<text x="{left - 8}" y="{y(tick / 10) + 4:.1f}" text-anchor="end">{tick / 10}</text>')
    for tick in range(3, 11):
        parts.append(f'<text x="{x(tick / 10):.1f}" y="{top + height + 18}" text-anchor="middle">{tick / 10}</text>')
    parts.append(f'<text x="{left + width / 2}" y="{top + height + 38}" text-anchor="middle">Jaccard similarity</text>')
    parts.append(f'<polyline points="{theory}" fill="none" stroke="#444"/>')
    parts.append(f'<text x="{left + 12}" y="{top + 14}" fill="#444">line: 1 \u2212 (1 \u2212 J\u2078)\u00b9\u2076</text>')
    for row, ((name, intervals), colour) in enumerate(zip(curves, COLOURS)):
        for found in intervals:
            parts.append(f'<circle cx="{x(found["similarity"]):.1f}" cy="{y(found["measured"]):.1f}" r="3.5" fill="none" '
                         f'stroke="{colour}" stroke-width="1.5"><title>{name}, J {found["similarity"]:.3f}: '
                         f'{found["measured"]:.3f}, theory {found["theory"]:.3f}</title></circle>')
        parts.append(f'<circle cx="{left + 18}" cy="{top + 32 + 18 * row}" r="3.5" fill="none" stroke="{colour}" '
                     f'stroke-width="1.5"/><text x="{left + 28}" y="{top + 36 + 18 * row}">{name}</text>')
    return "\n".join(parts + ["</svg>"]) + "\n"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("benchmark")
    parser.add_argument("folder")
    parser.add_argument("--svg")
    parser.add_argument("--seeds", type=int, default=500)
    options = parser.parse_args()
    curves, worst = [], 0
    print("| script | similarity | trials | met in 16 bands | theory | difference | in all 32 | estimate: bias | deviation |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    for name, code, more in SCRIPTS:
        command = [options.benchmark, "collisions", f"{options.folder}/{code}.jsonl", "--seeds", str(options.seeds)] + more
        intervals = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
        curves.append((name, intervals))
        for found in intervals:
            difference = found["measured"] - found["theory"]
            worst = max(worst, abs(difference))
            print(f"| {name} | {found['similarity']:.3f} | {found['trials']} | {found['measured']:.3f} | "
                  f"{found['theory']:.3f} | {difference:+.3f} | {found['with_regrouped']:.3f} | "
                  f"{found['estimate_bias']:+.4f} | {found['estimate_deviation']:.3f} |")
    if options.svg:
        with open(options.svg, "w", encoding="utf-8") as file:
            file.write(drawing(curves))
    verdict = "ok     " if worst <= TOLERANCE else "FAILED "
    print(f"\n{verdict} largest difference from theory {worst:.4f}, allowed {TOLERANCE}")
    sys.exit(0 if worst <= TOLERANCE else 1)


if __name__ == "__main__":
    main()
