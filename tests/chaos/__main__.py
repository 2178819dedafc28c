"""``make chaos``: what may happen to an installation, and what people notice of it.

python -m tests.chaos [--only NAME ...] [--quick] [--json] [--list]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys

from core.log import configure_logging
from tests.chaos.report import Line, as_dict, head, line
from tests.chaos.row import Row
from tests.chaos.rows import attack_rows, fault_rows
from tests.chaos.run import run_alone


def main() -> None:
    """Exit status 1 if a promise did not hold."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--only", action="append", metavar="NAME", help="these rows alone")
    parser.add_argument("--quick", action="store_true", help="the short form of quick rows")
    parser.add_argument("--json", action="store_true", help="for machines")
    parser.add_argument("--list", action="store_true", help="say which rows there are")
    arguments = parser.parse_args()
    configure_logging("critical")
    parts = [("Faults", _chosen(fault_rows(), arguments))]
    parts.append(("Attacks", _chosen(attack_rows(), arguments)))
    if arguments.list:
        for title, rows in parts:
            print(title)
            for row in rows:
                print(f"  {row.name:<28}{row.title}. {row.promise}.")
        return
    wanted = set(arguments.only or ())
    if unknown := wanted - {row.name for _, rows in parts for row in rows}:
        parser.error(f"no such row: {', '.join(sorted(unknown))} (see --list)")
    done = asyncio.run(_run(parts, quick=arguments.quick, quiet=arguments.json))
    if arguments.json:
        print(json.dumps([as_dict(one) for one in done], ensure_ascii=False, indent=2))
    broken = [one.row.name for one in done if not one.holds]
    if broken:
        print(f"\nNot kept: {', '.join(broken)}. Again: --only {broken[0]}", file=sys.stderr)
        raise SystemExit(1)
    if not arguments.json:
        print("\nEvery promise was kept.")


def _chosen(rows: list[Row], arguments: argparse.Namespace) -> list[Row]:
    if arguments.only:
        return [row for row in rows if row.name in arguments.only]
    return [row for row in rows if row.quick] if arguments.quick else rows


async def _run(parts: list[tuple[str, list[Row]]], *, quick: bool, quiet: bool) -> list[Line]:
    done: list[Line] = []
    for title, rows in parts:
        if rows and not quiet:
            print(f"\n{title}\n\n{head()}", flush=True)
        for row in rows:
            one = await run_alone(row, quick=quick)
            done.append(one)
            if not quiet:
                print(line(one), flush=True)
    return done


if __name__ == "__main__":
    main()
