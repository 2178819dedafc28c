"""That the phones of the bench of hearing send what they say, and see what is lost."""

from __future__ import annotations

import time
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from bench.hearing import rtp, script, sip_message
from bench.hearing.crossing import crossed
from bench.hearing.media_clock import MediaClock
from bench.hearing.phrases import Phrase, trimmed
from bench.hearing.spoken import Spoken, read_spoken, sounding, write_spoken
from bench.hearing.stream import Stream
from media.tones import Samples, silence

_PATIENCE = 10.0


def _noise(seconds: float, level: int = 3000) -> Samples:
    return np.random.default_rng(5).integers(-level, level, round(8000 * seconds)).astype(np.int16)


def test_mulaw_is_that_of_g711() -> None:
    # The ends of the range, both zeros, and one value in the middle (ITU-T G.711, table 2a).
    samples = np.array([32767, -32768, 0, 1000, -1000], dtype=np.int16)
    assert rtp.to_mulaw(samples).tolist() == [0x80, 0x00, 0xFF, 0xCE, 0x4E]
    codes = np.array([c for c in range(256) if c != 0x7F], dtype=np.uint8)
    assert (rtp.to_mulaw(rtp.from_mulaw(codes)) == codes).all()


def test_packets_carry_their_sound() -> None:
    payload = bytes(range(160))
    data = rtp.packet(65537, 7, payload, first=True)
    assert data[1] == 0x80
    assert data[2:4] == b"\x00\x01"
    assert rtp.payload_of(data) == payload
    assert rtp.payload_of(data[:1] + b"\x65" + data[2:]) is None  # a key (RFC 4733)
    assert rtp.payload_of(b"") is None


def test_no_two_frames_of_silence_are_alike() -> None:
    found = rtp.frames(rtp.with_line_noise(silence(10), seed=1))
    assert len(found) == len(set(found)) == 500
    assert np.abs(rtp.from_mulaw(np.frombuffer(found[0], dtype=np.uint8))).max() < 32


def test_what_sounds_is_found_and_written(tmp_path: Path) -> None:
    sound = np.concatenate([silence(1), _noise(0.5), silence(1)])
    assert sounding(sound) == (50, 74)
    assert len(trimmed(sound)) == 8000 * 0.7
    write_spoken(tmp_path, {"a": sound, "b": trimmed(sound)})
    read = read_spoken(tmp_path)
    assert (read["a"].first, read["a"].last, len(read["a"].payloads)) == (50, 74, 125)
    assert (read["b"].first, read["b"].last, len(read["b"].payloads)) == (5, 29, 35)


def test_streams_hear_each_other_every_20_ms() -> None:
    phrase = Spoken("p", tuple(rtp.frames(_noise(0.4))), 2, 17)
    quiet = [tuple(rtp.frames(rtp.with_line_noise(silence(5), seed=n))) for n in (1, 2)]
    one, other = Stream(quiet[0]), Stream(quiet[1])
    clock = MediaClock()
    try:
        for stream, peer in ((one, other), (other, one)):
            stream.send_to(("127.0.0.1", peer.port))
            clock.add(stream)
        one.say(time.monotonic() + 0.1, phrase)
        clock.start()
        deadline = time.monotonic() + _PATIENCE
        while not one.said and time.monotonic() < deadline:
            time.sleep(0.01)
        while len(other.received) < len(one.sent) and time.monotonic() < deadline:
            time.sleep(0.01)
    finally:
        clock.stop()
        one.close()
        other.close()
    (said,) = one.said
    assert 15 <= round((said.ended - said.began) / 0.02) <= 15 + round(clock.latest / 0.02) + 1
    passed = crossed(one.sent, other.received, 0.0, said.ended)
    assert passed.whole
    assert passed.delay_max < 1.0


def test_a_pause_holds_the_sound_and_then_sends_all_of_it() -> None:
    one, other = (Stream((b"\xff" * 160,)) for _ in range(2))
    try:
        one.send_to(("127.0.0.1", other.port))
        one.pause(10.0, 1.0)
        for step in range(100):
            one.tick(9.5 + step * 0.02)
            if step == 70:
                other.receive(0.0)
                assert len(other.received) == 25
        other.receive(0.0)
        assert len(other.received) == 100
    finally:
        one.close()
        other.close()


def test_what_is_lost_late_or_foreign_is_counted() -> None:
    sent = [(n * 0.02, n) for n in range(100)]
    received = [(at + 0.01, key) for at, key in sent if key not in (40, 41, 42)]
    received.insert(60, (received[60][0] - 0.001, 12345))
    passed = crossed(sent, received, 0.0, 1.91)
    assert (passed.sent, passed.lost, passed.foreign, passed.gaps) == (96, 3, 1, 1)
    assert passed.longest_gap == pytest.approx(0.08)
    assert passed.delay_p50 == pytest.approx(0.01)
    assert not passed.whole
    assert crossed(sent, [(at + 0.01, key) for at, key in sent], 0.0, 1.9).whole


def test_a_gap_that_the_sender_made_is_none_of_the_way() -> None:
    sent = [(n * 0.02 + (0.1 if n >= 50 else 0.0), n) for n in range(100)]
    received = [(at + 0.01, key) for at, key in sent]
    passed = crossed(sent, received, 0.0, 1.9)
    assert passed.gaps == 0
    assert passed.longest_gap == pytest.approx(0.12)
    held = [(max(at, 1.0) if 40 <= key < 50 else at, key) for at, key in received]
    assert crossed(sent, held, 0.0, 1.9).gaps == 1


def test_in_each_call_one_speaks_after_the_other() -> None:
    phrases = [Phrase(f"{tongue}{n}", tongue, "", _noise(1 + n / 10)) for tongue in ("en", "zh")
               for n in range(5)]  # fmt: skip
    lengths = {phrase.name: phrase.seconds for phrase in phrases}
    turns = script.talk(["en", "zh"], phrases, 30, seed=3)
    assert turns == script.talk(["en", "zh"], phrases, 30, seed=3)
    for call, tongue in enumerate(("en", "zh")):
        mine = [turn for turn in turns if turn.call == call]
        assert len(mine) > 8
        for before, after in pairwise(mine):
            assert before.side != after.side
            assert after.at - before.at >= lengths[before.phrase] + 0.6
        assert all(turn.phrase.startswith(tongue) for turn in mine)
        assert mine[-1].at + lengths[mine[-1].phrase] <= 30


def test_sip_messages_are_read() -> None:
    invite = sip_message.parse(
        b"INVITE sip:7100@127.0.0.1:5080 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1;branch=x\r\n"
        b'From: "A B" <sip:1380@127.0.0.1>;tag=1\r\nTo: <sip:7100@127.0.0.1>\r\n'
        b"Call-ID: c\r\nCSeq: 5 INVITE\r\nm: <sip:asterisk@127.0.0.1:5060;x>\r\n\r\n"
        b"v=0\r\nc=IN IP4 127.0.0.1\r\nm=audio 4444 RTP/AVP 0\r\n"
    )
    assert (invite.method, invite.status, invite.user("from")) == ("INVITE", 0, "1380")
    assert invite.uri("contact") == "sip:asterisk@127.0.0.1:5060;x"
    assert invite.sound_address() == ("127.0.0.1", 4444)
    ok = sip_message.parse(sip_message.answer_to(invite, "200 OK", tag="2", body="v=0\r\n"))
    assert (ok.status, ok.method, ok["to"]) == (200, "INVITE", "<sip:7100@127.0.0.1>;tag=2")
    with pytest.raises(ValueError, match="no SIP message"):
        sip_message.parse(b"\x00\x01")


def test_digest_is_that_of_rfc_2617() -> None:
    # The example of section 3.5.
    value = sip_message.authorization(
        'Digest realm="testrealm@host.com", qop="auth,auth-int", '
        'nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", opaque="5ccc069c403ebaf9f0171e9517f40e41"',
        "GET", "/dir/index.html", "Mufasa", "Circle Of Life", own="0a4f113b",
    )  # fmt: skip
    assert 'response="6629fae49393a05397450978507c4ef1"' in value
