"""A real Asterisk plays our prompts and our music as they are."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from media import wav
from media.prompts.catalogue import FOLDER, Catalogue
from media.prompts.queue_words import position_prompts
from media.tones import RATE, Samples
from tests.support.asterisk import AsteriskFactory, AsteriskUnderTest
from tests.support.phones import PhoneFactory

MUSIC = FOLDER.parent / "music" / "default"


ALIKE = 0.5  # another text has less than 0.3; a lost packet in the middle may cost half
PROBE = 4000  # samples: on a busy machine a frame may get lost in a longer stretch


def find(heard: Samples, wanted: Samples) -> tuple[float, float]:
    """Where ``wanted`` is in ``heard`` (s), and the normalised correlation there."""
    size = len(heard) + len(wanted)
    h, w = heard.astype(float), wanted.astype(float)
    product = np.fft.irfft(np.fft.rfft(h, size) * np.conj(np.fft.rfft(w, size)), size)
    at = int(np.argmax(product[: len(heard)]))
    piece = h[at : at + len(w)]
    return at / RATE, float(product[at] / (np.linalg.norm(piece) * np.linalg.norm(w)))


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

    heard = wav.read_telephone(spoken)
    pieces = [wav.read_telephone(Path(f"{sound}.wav")) for sound in sounds]
    first, alike_first = find(heard, pieces[0][:PROBE])
    beep, alike_beep = find(heard, pieces[-1])
    assert min(alike_first, alike_beep) > ALIKE
    between = sum(len(piece) for piece in pieces[:-1]) / RATE
    assert abs(beep - first - between) < 0.5  # in order, and without gaps
    loop = wav.read_telephone(sorted(MUSIC.glob("*.wav"))[0])
    assert find(loop, wav.read_telephone(played)[4000 : 4000 + PROBE])[1] > ALIKE
