"""Speech from Debian's packages as mono sound of 24 kHz, which is what CSM makes."""

import hashlib
import os
import pathlib
import subprocess
import tempfile

import numpy as np

RATE = 24000
CACHE = pathlib.Path(os.environ.get("EAR_CACHE", tempfile.gettempdir() + "/csm-ear-speech"))
RECORDINGS = pathlib.Path(
    os.environ.get("EAR_RECORDINGS", "/usr/share/asterisk/sounds/en_US_f_Allison"))


def rng(*words):
    """A source of chance that is the same in every run."""
    return np.random.default_rng(int.from_bytes(hashlib.sha256(repr(words).encode()).digest()[:8]))


def ms(sound):
    return len(sound) * 1000 // RATE


def speak(voice, text):
    CACHE.mkdir(exist_ok=True)
    place = CACHE / (hashlib.sha256(f"{voice} {text}".encode()).hexdigest() + ".npy")
    if place.exists():
        return np.load(place)
    kind, name = voice.split(":")
    with tempfile.NamedTemporaryFile(suffix=".wav") as file:
        if kind == "espeak":
            command = ["espeak-ng", "-v", name, "-w", file.name, "--", text]
        else:
            command = ["flite", "-voice", name, "-t", text, "-o", file.name]
        subprocess.run(command, check=True)
        sound = resampled(*read(file.name))
    # At once or not at all: a run may be ended meanwhile, and the next one would read half a file.
    with tempfile.NamedTemporaryFile(dir=CACHE, suffix=".new", delete=False) as file:
        np.save(file, sound)
    os.replace(file.name, place)
    return sound


def recorded(name):
    place = RECORDINGS / (name + ".wav")
    return resampled(*read(place)) if place.exists() else None


def read(path):
    data = pathlib.Path(path).read_bytes()
    rate = int.from_bytes(data[24:28], "little")
    start = data.index(b"data") + 8
    end = start + (len(data) - start) // 2 * 2
    return np.frombuffer(data[start:end], "<i2").astype(float) / 32768, rate


def resampled(sound, rate):
    """By the spectrum, so that nothing is added above what was there."""
    count = len(sound) * RATE // rate
    spectrum = np.fft.rfft(np.pad(sound, (0, rate // 10)))
    size = (len(sound) + rate // 10) * RATE // rate
    return np.fft.irfft(spectrum, size)[:count] * size / (len(sound) + rate // 10)


def wav(sound, tag=1, bits=16, extra=b""):
    if (tag, bits) == (1, 16):
        data = np.clip(np.round(sound * 32768), -32768, 32767).astype("<i2").tobytes()
    elif (tag, bits) == (1, 8):
        data = np.clip(np.round(sound * 128 + 128), 0, 255).astype("u1").tobytes()
    elif (tag, bits) == (1, 24):
        whole = np.clip(np.round(sound * 8388608), -8388608, 8388607).astype("<i4")
        data = whole.view("u1").reshape(-1, 4)[:, :3].tobytes()
    elif (tag, bits) == (1, 32):
        data = np.clip(np.round(sound * 2147483648), -2147483648, 2147483647).astype("<i4").tobytes()
    elif (tag, bits) == (3, 32):
        data = sound.astype("<f4").tobytes()
    else:
        raise ValueError((tag, bits))
    width = bits // 8
    head = (tag.to_bytes(2, "little") + (1).to_bytes(2, "little") + RATE.to_bytes(4, "little")
            + (RATE * width).to_bytes(4, "little") + width.to_bytes(2, "little") + bits.to_bytes(2, "little"))
    data += b"\0" * (len(data) % 2)
    body = b"WAVEfmt " + (16).to_bytes(4, "little") + head + extra + b"data" + len(data).to_bytes(4, "little")
    return b"RIFF" + (len(body) + len(data)).to_bytes(4, "little") + body + data


def ffmpeg(sound, *arguments):
    """The sound in another form, made by ffmpeg."""
    return subprocess.run(
        ["ffmpeg", "-v", "error", "-i", "-", *arguments, "-"], input=wav(sound), check=True,
        env={"PATH": os.environ["PATH"]}, stdout=subprocess.PIPE).stdout
