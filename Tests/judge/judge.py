#!/usr/bin/env python3
"""A judge for CSM_JUDGE_CMD that works offline: were all words of the line spoken, and nothing else?

    CSM_JUDGE_CMD='/opt/judge/bin/python /opt/judge/judge.py'       # pip install pocketsphinx numpy

PocketSphinx takes dictation badly, but follows a known text well. It gets a grammar of the line's words in
their order, in which each may be left out, any phone may come between two, and all may begin again. These
ways round cost much, so that it takes them where the words do not fit: what it went through tells which
words were heard, and how much else was. Words that the dictionary lacks, such as numbers, are any phones to
it; where these are many, the line has no verdict.

English only. It reads WAV files; a line in another format has no verdict.
"""

import difflib
import json
import re
import sys
import wave

import numpy as np
from pocketsphinx import Decoder, get_model_path

RATE = 16000
# What it costs to leave out a word, to hear a phone that belongs to none, to begin again at some word, and
# to hear a phone of a word that the dictionary lacks: probabilities.
SKIP, STRANGE, AGAIN, UNKNOWN = 1e-6, 1e-6, 1e-2, 1e-4
# Paths that are so much less probable than the best are given up.
BEAM, WORD_BEAM = 1e-56, 1e-36
# At least so much of the words must be heard, and at most so much else, for "good" and for "odd".
GOOD = 0.85, 0.3
ODD = 0.5, 0.45

PHONES = """AA AE AH AO AW AY B CH D DH EH ER EY F G HH IH IY JH K L M N NG OW OY P R S SH T TH UH UW V W
    Y Z ZH""".split()


def recogniser():
    # The search for a best path in its lattice does not end with a grammar like this one.
    decoder = Decoder(
        hmm=get_model_path("en-us/en-us"), dict=get_model_path("en-us/cmudict-en-us.dict"), lm=None,
        samprate=RATE, lw=1.0, wip=1.0, pip=1.0, beam=BEAM, pbeam=BEAM, wbeam=WORD_BEAM, bestpath=False,
        loglevel="FATAL")
    for phone in PHONES:
        # "_" before a phone that is strange, "=" before one of an unknown word.
        decoder.add_word("_" + phone, phone, False)
        decoder.add_word("=" + phone, phone, False)
    return decoder


def words_of(text):
    return re.findall(r"[a-z0-9](?:[a-z0-9.:/,'-]*[a-z0-9])?|[&$%+=]", text.lower().replace("’", "'"))


def grammar(decoder, words):
    """State n is before the n-th word."""
    end = len(words)
    arcs = [(end, end + 1, 1.0)]
    for n, word in enumerate(words):
        arcs.append((n, n + 1, SKIP))
        if decoder.lookup_word(word):
            arcs += [(n, n + 1, 1.0, word), (end, n + 1, AGAIN, word)]
        else:
            arcs += [(n, to, UNKNOWN, "=" + phone) for phone in PHONES for to in (n, n + 1)]
    arcs += [(n, n, STRANGE, "_" + phone) for phone in PHONES for n in range(end + 1)]
    return decoder.create_fsg("line", 0, end + 1, arcs)


def samples(path):
    """The sound at 16 kHz, whatever its rate, as bytes of 16 bits."""
    with wave.open(path) as file:
        if file.getsampwidth() != 2:
            raise wave.Error("not of 16 bits")
        sound = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, file.getnchannels())
        count = len(sound) * RATE // file.getframerate()
    if count == 0:
        return b""
    spectrum = np.fft.rfft(sound.mean(axis=1))[:count // 2 + 1]
    sound = np.fft.irfft(spectrum, count) * count / len(sound)
    return np.clip(sound, -32768, 32767).astype("<i2").tobytes()


def heard(decoder, words, path):
    """What was heard, as pairs of a word or phone and its duration; None where the end is never reached."""
    sound = samples(path)
    if not sound:
        return None
    decoder.add_fsg("line", grammar(decoder, words))
    decoder.activate_search("line")
    decoder.start_utt()
    decoder.process_raw(sound, full_utt=True)
    decoder.end_utt()
    if decoder.hyp() is None:
        return None
    return [(re.sub(r"\(\d+\)$", "", part.word), part.end_frame - part.start_frame + 1)
            for part in decoder.seg() if part.word[0] not in "<(["]


def judge(decoder, ask):
    words = words_of(ask["text"])
    known = [word for word in words if decoder.lookup_word(word)]
    if len(known) < 3 or len(known) < 0.7 * len(words):
        return None
    parts = heard(decoder, words, ask["path"])
    if parts is None:
        return {"verdict": "bad", "score": 0, "reason": "the words are not in it"}
    spoken = [part for part in parts if part[0][0] not in "_="]
    blocks = difflib.SequenceMatcher(None, known, [word for word, _ in spoken], False).get_matching_blocks()
    phones = [len(decoder.lookup_word(word).split()) for word in known]
    share = sum(sum(phones[b.a:b.a + b.size]) for b in blocks) / sum(phones)
    fitting = sum(time for b in blocks for _, time in spoken[b.b:b.b + b.size])
    fitting += sum(time for word, time in parts if word[0] == "=")
    extra = 1 - fitting / max(1, sum(time for _, time in parts))

    def within(limits):
        return share >= limits[0] and extra <= limits[1]

    return {"verdict": "good" if within(GOOD) else "odd" if within(ODD) else "bad",
            "score": round(share * (1 - extra), 3), "transcript": transcript(parts),
            "reason": f"{share:.0%} of the words, {extra:.0%} else"}


def transcript(parts):
    """The words, and "..." for what is none of them."""
    words = [word if word[0] not in "_=" else "..." for word, _ in parts]
    return " ".join(word for n, word in enumerate(words) if word != "..." or words[n - 1:n] != ["..."])


def main():
    decoder = recogniser()
    for line in sys.stdin:
        ask = json.loads(line)
        try:
            verdict = judge(decoder, ask)
        except (OSError, EOFError, wave.Error) as error:
            print(f"{ask['path']}: {error}", file=sys.stderr)
            continue
        if verdict:
            print(json.dumps({"id": ask["id"], **verdict}), flush=True)


if __name__ == "__main__":
    main()
