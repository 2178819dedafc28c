"""The network between the app and Asterisk's manager is cut."""

from __future__ import annotations

from core.ports import PortBlock
from tests.chaos.cut import cut_and_mend, proxy
from tests.chaos.row import Row, Seen
from tests.chaos.scene import Scene


async def run(scene: Scene) -> Seen:
    block = PortBlock.reserve()
    real = block.take()
    custom = scene.folder / "custom"
    custom.mkdir()
    # Asterisk listens elsewhere than the app is told.
    (custom / "manager-custom.conf").write_text(f"[general](+)\nport={real}\n")
    try:
        async with proxy(real) as between:
            overrides = {
                "server.asterisk.ami_port": str(between.port),
                "server.asterisk.custom_dir": str(custom),
            }
            return await cut_and_mend(
                scene, overrides, between, "asterisk", "ami_down", scene.seconds(10, 4)
            )
    finally:
        block.release()


ROW = Row(
    name="cut-ami",
    title="The network to Asterisk's manager (AMI) is cut for 10 s",
    promise="Talks go on; callers wait; nothing is lost",
    run=run,
)
