"""A real Asterisk plays our prompts and our music as they are."""

from __future__ import annotations

from pathlib import Path

from media.prompts.catalogue import FOLDER, Catalogue
from media.prompts.queue_words import position_prompts
from tests.support import hearing
from tests.support.asterisk import AsteriskFactory, AsteriskUnderTest
from tests.support.phones import PhoneFactory

MUSIC = FOLDER.parent / "music" / "default"


async def test_prompts_numbers_and_music(
    asterisk_factory: AsteriskFactory, phones: PhoneFactory, tmp_path: Path
) -> None:
    catalogue = Catalogue.load()
    ids = [*position_prompts(105, "zh-CN"), "beep"]
    sounds = [catalogue.sound(name, "zh-CN") for name in ids]

    def files(asterisk: AsteriskUnderTest) -> dict[str, str]:
        return {
            "extensions.conf": "[default]\n"
            "exten => 500,1,Answer(,i)\n"
            f" same => n,Playback({'&'.join(sounds)})\n"
            " same => n,Hangup()\n"
            "exten => 600,1,Answer(,i)\n same => n,MusicOnHold(default)\n",
            "musiconhold.conf": f"[default]\nmode=files\ndirectory={MUSIC}\nsort=alpha\n",
        }

    asterisk = await asterisk_factory(files)
    phone = await phones()
    await phone.account("anybody", port=asterisk.sip_port)
    spoken, played = tmp_path / "spoken.wav", tmp_path / "music.wav"
    call = await phone.call("500")
    await call.record(spoken)
    music = await phone.call("600")
    await music.record(played)
    await call.wait_state("disconnected", timeout=20)
    await music.hangup()
    await music.wait_state("disconnected")

    heard = hearing.load(spoken)
    pieces = [hearing.load(Path(f"{sound}.wav")) for sound in sounds]
    # Of each, one stretch unbroken: on a busy machine a frame may come late, or never.
    places = [hearing.find(piece, heard) for piece in (pieces[0], pieces[-1])]
    assert None not in places
    first, beep = (place for place in places if place is not None)
    between = sum(len(piece) for piece in pieces[:-1]) / hearing.RATE
    assert abs(beep - first - between) < 0.5  # in order, and without gaps
    loop = hearing.load(sorted(MUSIC.glob("*.wav"))[0])
    assert hearing.same_music(loop, hearing.load(played)[4000:])
