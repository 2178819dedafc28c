"""Asterisk's own app_queue, for comparison: the same instance, music and phones."""

from __future__ import annotations

SECRET = "bench-caller-secret"  # a throw-away instance on loopback
CALLER = "bench-caller"
EXTENSION = "queue"


def files(members: tuple[str, ...]) -> dict[str, str]:
    """Hand-written Asterisk files: a queue with ``members`` (PJSIP endpoints), a way in,
    and a plain Dial. ``autofill`` and no wrap-up or retry pause: app_queue at its best."""
    lines = "\n".join(f"member => PJSIP/{member}" for member in members)
    return {
        "queues-custom.conf": (
            "[bench]\nmusicclass=default\nstrategy=leastrecent\ntimeout=20\nretry=0\n"
            f"wrapuptime=0\nautofill=yes\nringinuse=no\nannounce-frequency=0\n{lines}\n"
        ),
        "extensions-custom.conf": (
            f"[bench]\nexten => {EXTENSION},1,Answer(,i)\n same => n,Queue(bench)\n"
            " same => n,Hangup()\n"
            "exten => _dial-X.,1,Answer(,i)\n same => n,Dial(PJSIP/${EXTEN:5},20)\n"
            " same => n,Hangup()\n"
        ),
        "pjsip-custom.conf": (
            f"[{CALLER}]\ntype=endpoint\ncontext=bench\ndisallow=all\nallow=ulaw\n"
            f"auth={CALLER}\naors={CALLER}\nidentify_by=auth_username,username\n"
            "direct_media=no\nrtp_symmetric=yes\nforce_rport=yes\nrewrite_contact=yes\n"
            f"[{CALLER}]\ntype=auth\nauth_type=userpass\nusername={CALLER}\npassword={SECRET}\n"
            f"[{CALLER}]\ntype=aor\nmax_contacts=1\n"
        ),
    }
