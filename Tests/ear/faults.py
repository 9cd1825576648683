"""What goes wrong with generated speech, planted into clips that are sound."""

import re

import numpy as np

import sounds
from sounds import RATE


def level(sound):
    """The speech's level: the loudest twentieth of windows of 20 ms."""
    size = RATE // 50
    frames = sound[:len(sound) // size * size].reshape(-1, size)
    return np.percentile(np.sqrt((frames ** 2).mean(axis=1)), 95)


def noise(count, random):
    return random.standard_normal(count)


def with_noise(sound, below, random):
    """Noise so many decibels below the speech's mean level."""
    if below is None:
        return sound
    rms = np.sqrt((sound ** 2).mean())
    return sound + noise(len(sound), random) * rms * 10 ** (-below / 20)


def db(decibels):
    return 10 ** (decibels / 20)


class Fault:
    def __init__(self, names, plant, write=None):
        self.names = set(names.split())
        self.plant = plant
        self.write = write or (lambda sound: (sounds.wav(sound), "wav"))


def ticks(sound):
    return np.arange(len(sound)) / RATE


def speech_only(sound):
    """Without the silence at both ends, so that a share of it is a share of the words."""
    loud = np.flatnonzero(np.abs(sound) > level(sound) / 20)
    return sound[loud[0]:loud[-1] + 1] if len(loud) else sound


def clicks(sound, random):
    quiet = noise(len(sound), random) * db(-70)
    for _ in range(random.integers(1, 4)):
        at = random.integers(0, len(sound) - 200)
        quiet[at:at + 120] += 0.5 * noise(120, random)
    return quiet


def hum(sound, random):
    t = ticks(sound)
    base = random.choice([50, 60, 100, 120])
    return db(random.uniform(-30, -8)) * sum(
        np.sin(2 * np.pi * base * k * t + k) / k for k in (1, 2, 3, 5))


def chord(sound, random):
    t = ticks(sound)
    base = random.uniform(200, 400)
    return 0.1 * sum(np.sin(2 * np.pi * base * f * t) for f in (1, 1.26, 1.5))


def gap(sound, random, seconds=2.0):
    """Silence as it lies in the clip, in the middle of its words."""
    size = RATE // 50
    frames = sound[:len(sound) // size * size].reshape(-1, size)
    middle = len(frames) // 4
    part = (frames ** 2).mean(axis=1)[middle:3 * middle + 1]
    at = (middle + int(part.argmin())) * size
    floor = np.sqrt(np.percentile((frames ** 2).mean(axis=1), 2))
    silence = noise(int(seconds * RATE), random) * floor
    return np.concatenate([sound[:at], silence, sound[at:]])


def before(sound, random):
    return np.concatenate([noise(3 * RATE, random) * db(-75), sound])


def after(sound, random):
    return np.concatenate([sound, noise(3 * RATE, random) * db(-75)])


def noise_after(sound, random):
    return np.concatenate([sound, noise(3 * RATE, random) * level(sound) * db(random.uniform(-30, -6))])


def clipped(sound, random):
    return np.clip(sound / np.abs(sound).max() * random.uniform(4, 10), -1, 1)


def clipped_low(sound, random):
    return clipped(sound, random) * random.uniform(0.3, 0.8)


def share(sound, part):
    words = speech_only(sound)
    return words[:int(len(words) * part)]


def loop(sound, random):
    return np.concatenate([sound] + [speech_only(sound)[-RATE:]] * 9)


def times(sound, count, random):
    pause = np.zeros(int(random.uniform(0, 0.4) * RATE))
    return np.concatenate([part for _ in range(count) for part in (sound, pause)])


def capped(sound, random, clips):
    while len(sound) < 10 * RATE:
        sound = np.concatenate([sound, clips[random.integers(len(clips))][1]])
    return sound[:10 * RATE]


def slower(sound, factor):
    return np.interp(np.arange(0, len(sound) - 1, 1 / factor), np.arange(len(sound)), sound)


def stored(media, *arguments):
    return lambda sound: (sounds.ffmpeg(sound, *arguments), media)


def form(tag, bits):
    return lambda sound: (sounds.wav(sound, tag, bits), "wav")


def law(codec):
    return stored("wav", "-c:a", codec, "-f", "wav")


CLASSES = {
    "silence": Fault("silent", lambda s, r, c: s * 0),
    "near silence": Fault("silent", lambda s, r, c: s * db(-50)),
    "silence with hiss": Fault("silent", lambda s, r, c: noise(len(s), r) * db(r.uniform(-75, -45))),
    "silence with clicks": Fault("silent", lambda s, r, c: clicks(s, r)),
    "at -40 dB": Fault("silent", lambda s, r, c: s * db(-40)),
    "white noise": Fault("no-speech", lambda s, r, c: noise(len(s), r) * db(r.uniform(-30, -10))),
    "hum": Fault("no-speech silent", lambda s, r, c: hum(s, r)),
    "tone": Fault("no-speech", lambda s, r, c: 0.2 * np.sin(2 * np.pi * r.uniform(150, 3000) * ticks(s))),
    "chord": Fault("no-speech", lambda s, r, c: chord(s, r)),
    "dc offset": Fault("dc", lambda s, r, c: s * 0.8 + r.choice([-1, 1]) * r.uniform(0.03, 0.15)),
    "3 s silence before": Fault("lead", lambda s, r, c: before(s, r)),
    "3 s silence after": Fault("tail", lambda s, r, c: after(s, r)),
    "3 s noise after": Fault("noise-tail tail", lambda s, r, c: noise_after(s, r)),
    "gap of 2 s": Fault("gap", lambda s, r, c: gap(s, r)),
    "clipped": Fault("clip", lambda s, r, c: clipped(s, r)),
    "clipped, then softer": Fault("clip", lambda s, r, c: clipped_low(s, r)),
    "cut in half": Fault("too-short", lambda s, r, c: share(s, 0.5)),
    "a third of it": Fault("too-short", lambda s, r, c: share(s, 0.33)),
    "cut at 80 %": Fault("too-short cut", lambda s, r, c: share(s, 0.8)),
    "last second nine times": Fault("repeat too-long", lambda s, r, c: loop(s, r)),
    "twice": Fault("repeat too-long", lambda s, r, c: times(s, 2, r)),
    "thrice": Fault("repeat too-long", lambda s, r, c: times(s, 3, r)),
    "capped at 10 s": Fault("capped", lambda s, r, c: capped(s, r, c)),
    "half speed": Fault("too-long", lambda s, r, c: slower(s, 2)),
    "double speed": Fault("too-short", lambda s, r, c: slower(s, 0.5)),
    "gap, 8 bits": Fault("gap", lambda s, r, c: gap(s, r), form(1, 8)),
    "gap, 24 bits": Fault("gap", lambda s, r, c: gap(s, r), form(1, 24)),
    "gap, float": Fault("gap", lambda s, r, c: gap(s, r), form(3, 32)),
    "gap, mu-law": Fault("gap", lambda s, r, c: gap(s, r), law("pcm_mulaw")),
    "gap, A-law": Fault("gap", lambda s, r, c: gap(s, r), law("pcm_alaw")),
    "gap, flac": Fault("gap", lambda s, r, c: gap(s, r), stored("flac", "-f", "flac")),
    "gap, mp3": Fault("gap", lambda s, r, c: gap(s, r), stored("mp3", "-f", "mp3")),
}

# The same in texts that can be read in several ways, and so take more or less time by rights.
for name in ["cut in half", "twice", "half speed", "double speed"]:
    CLASSES[name + ", numbers"] = CLASSES[name]

# Told in part: by the length, or by the sound's end.
OPTIONAL = {"cut at 80 %", *(name for name in CLASSES if name.endswith(", numbers"))}
BY_LENGTH = {"cut in half", "a third of it", "cut at 80 %", "twice", "thrice", "half speed", "double speed"}


def has_numbers(text):
    return re.search(r"\d|[A-Z]{2}|\b(Dr|Prof|Mt|St)\.", text) is not None


def pick(name, clips, count, random):
    """Clips to plant a fault in, none of a word alone."""
    long = [clip for clip in clips if len(clip[1]) > 1.5 * RATE]
    if name.endswith(", numbers"):
        long = [clip for clip in long if has_numbers(clip[0])]
    elif name in BY_LENGTH:
        long = [clip for clip in long if not has_numbers(clip[0])]
    return [long[i] for i in random.choice(len(long), min(count, len(long)), replace=False)]
