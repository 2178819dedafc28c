"""Entry of the phone process: ``python -m agent_softphone.phone`` or by path."""

import argparse
import sys
from pathlib import Path

if not __package__:  # started by path, maybe by another interpreter than Parley's
    # Our own folder must not hide modules of the standard library, and the
    # interpreter's own pjsua2 comes before one that lies beside us.
    sys.path[0:1] = []
    sys.path.append(str(Path(__file__).resolve().parents[2]))


def main() -> None:
    """Read the command line and run the phone."""
    parser = argparse.ArgumentParser(prog="agent_softphone.phone", description=__doc__)
    parser.add_argument("--bind", default="127.0.0.1", help="address for SIP and RTP")
    parser.add_argument("--log-level", type=int, default=1, help="pjsip's, 0 to 6, to stderr")
    parser.add_argument("--codecs", default="PCMA/8000,PCMU/8000", help="in order of preference")
    parser.add_argument("--parent", type=int, help="pid of the program that starts the phone")
    options = parser.parse_args()

    from agent_softphone.phone.parent import die_with_parent

    die_with_parent(options.parent)
    try:
        from agent_softphone.phone.engine import Engine
    except ImportError as error:
        raise SystemExit(
            f"{sys.executable} cannot import pjsua2 ({error}). "
            "Install parley[phone], or name an interpreter that has it in PARLEY_PHONE_PYTHON."
        ) from None
    Engine(bind=options.bind, log_level=options.log_level, codecs=options.codecs.split(",")).run()


main()
