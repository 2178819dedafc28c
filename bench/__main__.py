"""All benches, one after another, each in a process of its own.

``python -m bench [--quick] [--json]``: with ``--json`` one list of what each prints.
The exit status is 1 if one of them failed; the others still run.
"""

from __future__ import annotations

import json
import subprocess
import sys

from bench.support.report import arguments

BENCHES = (
    "router_latency", "routing", "routing_wait", "routing_day",
    "agent_free_to_ring", "answer_to_audio", "calls", "records",
    "media_speech", "media_live", "media_emotion", "media_text", "media_synthesis", "ivr_speech",
    "media_recordings",
)  # fmt: skip


def main() -> int:
    options = arguments(__doc__)
    passed_on = [f"--{name}" for name in ("quick", "json") if getattr(options, name)]
    results, failed = [], []
    for name in BENCHES:
        done = subprocess.run(
            [sys.executable, "-m", f"bench.{name}", *passed_on],
            stdout=subprocess.PIPE if options.json else None,
            check=False,
        )
        if done.returncode:
            failed.append(name)
        elif options.json:
            results.append(json.loads(done.stdout))
    if options.json:
        print(json.dumps(results))
    if failed:
        print(f"Failed: {', '.join(failed)}.", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
