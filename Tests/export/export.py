#!/usr/bin/env python3
"""Each form of `csm-enqueue export --as`, read by the libraries that people read it with.

    export.py --bin .build/debug [--lines N] [PATTERN ...]

README.md says what each needs.
"""

import argparse
import glob
import importlib.util
import json
import os
import shutil
import struct
import subprocess
import sys
import time
import traceback
import types
import wave

import texts
from stage import Stage

LINES = 240
NIGHT = None  # the stage with the batch `night`; made once
EXPECTED = {}  # its lines, as `list --json` has them
FEW = {}  # the first of them, the batch `few`: for what takes long


def tool(*arguments):
    return subprocess.run(arguments, check=True, capture_output=True, text=True).stdout


def probe(path, *entries):
    """What ffprobe says of a file."""
    return json.loads(tool(
        "ffprobe", "-v", "error", "-of", "json", "-show_format", "-show_streams", "-show_chapters", path))


def export(form, *options, to=None, status=0, batch="night"):
    folder = NIGHT.path(to or f"out-{form}")
    done = NIGHT.enqueue("export", batch, "--to", folder, "--as", form, *options, status=status)
    return folder, done


def samples(path):
    with wave.open(path) as file:
        assert (file.getnchannels(), file.getsampwidth()) == (1, 2), path
        return file.getframerate(), file.getnframes()


def lines_of(batch):
    rows = NIGHT.enqueue("list", "--batch", batch, "--all", "--sort", "added", "--json").stdout
    return {line["line"]: line for line in map(json.loads, rows.rstrip("\n").split("\n"))}


def seconds(line):
    return line["duration_s"]


# The forms.


def test_files():
    folder, done = export("files")
    rows = [json.loads(line) for line in open(f"{folder}/manifest.jsonl", encoding="utf-8")]
    assert {row["id"] for row in rows} == set(EXPECTED)
    for row in rows:
        assert row["text"] == EXPECTED[row["id"]]["text"]
        assert os.path.getsize(f"{folder}/{row['file']}") == row["file_bytes"]


def test_ljspeech():
    """As Coqui's, ESPnet's and torchaudio's readers do it, and by pandas."""
    import pandas
    import soundfile

    folder, done = export("ljspeech")
    assert "with pipes or line breaks" in done.stderr, done.stderr
    table = pandas.read_csv(
        f"{folder}/metadata.csv", sep="|", header=None, quoting=3, dtype=str, keep_default_na=False)
    assert table.shape == (len(EXPECTED), 3), table.shape
    with open(f"{folder}/metadata.csv", encoding="utf-8") as file:
        lines = file.read().splitlines()
    assert len(lines) == len(EXPECTED)
    by_file = {}
    for line, row in zip(lines, table.itertuples(index=False)):
        cells = line.split("|")
        assert cells == list(row), (cells, list(row))
        sound = soundfile.info(f"{folder}/wavs/{cells[0]}.wav")
        assert (sound.channels, sound.subtype) == (1, "PCM_16")
        by_file[cells[0]] = cells
    for line in EXPECTED.values():
        if "|" in line["text"] or len(line["text"].splitlines()) > 1 or "\t" in line["text"]:
            continue
        assert any(cells[1] == line["text"] and cells[2] == line["sent"] for cells in by_file.values())


def test_hf():
    os.environ["HF_DATASETS_DISABLE_PROGRESS_BARS"] = "1"
    os.environ["HF_DATASETS_OFFLINE"] = os.environ["HF_HUB_OFFLINE"] = "1"
    import datasets
    import soundfile

    def load(folder):
        return datasets.load_dataset(
            "audiofolder", data_dir=folder, cache_dir=f"{folder}.cache",
        ).cast_column("audio", datasets.Audio(decode=False))

    folder, done = export("hf", "--split", "90/10")
    data = load(folder)
    assert set(data) == {"train", "test"}, data
    where = {row["id"]: part for part in data for row in data[part]}
    assert set(where) == set(EXPECTED)
    assert 0.03 < len(data["test"]) / len(where) < 0.2
    for part in data:
        for row in data[part]:
            line = EXPECTED[row["id"]]
            assert row["transcription"] == line["text"], row
            source = row["audio"]["bytes"] or open(row["audio"]["path"], "rb").read()
            import io
            sound, rate = soundfile.read(io.BytesIO(source))
            assert abs(len(sound) / rate - seconds(line)) < 0.002
            assert abs(row["duration"] - seconds(line)) < 0.002
    # Lines stay where they are when others join.
    more = NIGHT.write("more.csv", texts.table(LINES + 60))
    NIGHT.enqueue("add", more, "--batch", "grown", "--cast", "auto", "--yes", "--per-turn")
    NIGHT.night()
    grown, _ = export("hf", "--split", "90/10", batch="grown", to="out-hf-grown")
    data = load(grown)
    for part in data:
        for row in data[part]:
            assert where.get(row["id"], part) == part, row
    # Without a split all of it is there to train with, and nothing of the split is left.
    whole, done = export("hf")
    assert "removed" in done.stderr, done.stderr
    data = load(whole)
    assert set(data) == {"train"} and len(data["train"]) == len(EXPECTED), data
    assert all(row["transcription"] for row in data["train"])


def nemo_reader():
    """NeMo's own reader of manifests, without the rest of NeMo, which wants torch."""
    name = "nemo/collections/common/parts/preprocessing/manifest.py"
    path = next(p for p in (os.path.join(root, name) for root in sys.path) if os.path.exists(p))
    import logging

    class DataStoreObject:
        def __init__(self, path):
            self.path = path

        def get(self):
            return self.path

    utils = types.ModuleType("nemo.utils")
    utils.logging = logging.getLogger("nemo")
    store = types.ModuleType("nemo.utils.data_utils")
    store.DataStoreObject = DataStoreObject
    store.get_datastore_object = lambda path, **_: path
    store.is_datastore_path = lambda path: False
    logs = types.ModuleType("nemo.utils.nemo_logging")
    logs.LogMode = types.SimpleNamespace(ONCE=1)
    sys.modules |= {
        "nemo": types.ModuleType("nemo"), "nemo.utils": utils, "nemo.utils.data_utils": store,
        "nemo.utils.nemo_logging": logs}
    spec = importlib.util.spec_from_file_location("nemo_manifest", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_nemo():
    import soundfile

    folder, _ = export("nemo", "--split", "80/10/10")
    manifests = sorted(glob.glob(f"{folder}/*_manifest.json"))
    assert [os.path.basename(path).split("_")[0] for path in manifests] == ["test", "train", "validation"]
    rows = list(nemo_reader().item_iter(manifests))
    assert len(rows) == len(EXPECTED)
    texts_of = {line["text"] for line in EXPECTED.values()}
    for row in rows:
        assert row["text"] in texts_of
        assert abs(soundfile.info(row["audio_file"]).duration - row["duration"]) < 0.002


def test_subtitles():
    import pysubs2

    joined, _ = export("joined", "--gap", "250ms")
    for form in ["srt", "vtt"]:
        folder, done = export(form, "--gap", "250ms")
        count = 0
        for path in glob.glob(f"{folder}/*.{form}"):
            cues = pysubs2.load(path, encoding="utf-8", keep_html_tags=True)
            arrows = [row for row in open(path, encoding="utf-8") if "-->" in row]
            assert len(arrows) == len(cues), (path, arrows)
            name = os.path.basename(path)[:-4]
            scene = None if name == "night" else name
            lines = [line for line in EXPECTED.values() if line["scene"] == scene]
            assert len(cues) == len(lines), (path, len(cues), len(lines))
            start = 0
            for cue, line in zip(cues, lines):
                length = round(seconds(line) * 1000)
                assert (cue.start, cue.end) == (start, start + length), (path, cue, start, length)
                start += length + 250
                count += 1
                if form == "vtt" or not any(mark in line["text"] for mark in ["<", "{", "-->"]):
                    shown = cue.text.replace("\\N", "\n")
                    if form == "vtt" and shown.startswith("<v "):
                        shown = shown.split(">", 1)[1]
                    import html
                    words = " ".join(line["text"].split())
                    if form == "vtt":
                        shown = html.unescape(shown)
                    assert " ".join(shown.split()) == words, (form, shown, words)
            # What is seen is as long as what is heard.
            rate, frames = samples(f"{joined}/{name}.wav")
            assert abs(frames / rate - cues[-1].end / 1000) < 0.002, path
        assert count == len(EXPECTED)
        if form == "srt":
            assert "which players take for formatting" in done.stderr


def test_joined():
    folder, _ = export("joined", "--gap", "1s", "--rate", "16000", batch="few", to="out-joined-16k")
    files = glob.glob(f"{folder}/*.wav")
    assert len(files) == len({line["scene"] for line in FEW.values()})
    total = 0
    for path in files:
        assert tool("soxi", "-r", path).strip() == "16000"
        total += float(tool("soxi", "-D", path))
    expected = sum(seconds(line) for line in FEW.values()) + len(FEW) - len(files)
    assert abs(total - expected) < 0.01 * len(files), (total, expected)
    mp3, _ = export("joined", "--convert", "mp3", batch="few", to="out-joined-mp3")
    for path in glob.glob(f"{mp3}/*.mp3")[:3]:
        assert probe(path)["format"]["format_name"] == "mp3"


PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108020000009077"
    "53de0000000c49444154789c63f8cfc0000003010100c9fe92ef0000000049454e44ae426082")


def test_book():
    cover = NIGHT.path("cover.png")
    with open(cover, "wb") as file:
        file.write(PNG)
    for batch, convert in [("night", []), ("few", ["--convert", "mp3"])]:
        folder, _ = export(
            "book", "--gap", "500ms", "--cover", cover, "--title", "A = b; c # d", *convert, batch=batch)
        found = probe(f"{folder}/{batch}.{'mp3' if convert else 'm4b'}")
        lines = list((EXPECTED if batch == "night" else FEW).values())
        scenes, starts, start = [], [], 0
        for line in lines:
            title = line["scene"] or "A = b; c # d"
            if not scenes or scenes[-1] != title:
                scenes.append(title)
                starts.append(start)
            start += seconds(line) + 0.5
        titles = [chapter["tags"]["title"] for chapter in found["chapters"]]
        assert titles == scenes, (titles, scenes)
        for chapter, begin in zip(found["chapters"], starts):
            assert abs(float(chapter["start_time"]) - begin) < 0.002, (chapter, begin)
        assert found["format"]["tags"]["title"] == "A = b; c # d"
        kinds = [stream["codec_type"] for stream in found["streams"]]
        assert kinds.count("audio") == 1 and kinds.count("video") == 1, kinds
        assert abs(float(found["format"]["duration"]) - (start - 0.5)) < 0.3


def test_anki():
    """Imported into a collection by Anki's own library, twice: the second time nothing is new."""
    from anki.collection import Collection, ImportCsvRequest

    folder, _ = export("anki")
    notes = f"{folder}/night.anki.txt"
    collection = Collection(NIGHT.path("collection.anki2"))
    for name in os.listdir(f"{folder}/media"):
        collection.media.add_file(f"{folder}/media/{name}")
    for times in range(2):
        metadata = collection.get_csv_metadata(path=notes, delimiter=None)
        collection.import_csv(ImportCsvRequest(path=notes, metadata=metadata))
        assert collection.note_count() == len(EXPECTED), collection.note_count()
    fronts = set()
    import html
    for number in collection.find_notes("deck:night"):
        note = collection.get_note(number)
        fronts.add(" ".join(html.unescape(note["Front"].replace("<br>", " ")).split()))
        card = note.cards()[0]
        sounds = [tag.filename for tag in card.answer_av_tags()]
        # A text is never a sound.
        assert len(sounds) == 1 and os.path.exists(f"{collection.media.dir()}/{sounds[0]}"), (
            sounds, [name for name in os.listdir(collection.media.dir()) if "UPPER" in name.upper()])
    report = collection.media.check()
    assert list(report.missing) == [] and list(report.unused) == [], report
    assert fronts == {" ".join(line["text"].split()) for line in EXPECTED.values()}
    collection.close()


def test_phone():
    folder, _ = export("phone")
    rows = [json.loads(line) for line in open(f"{folder}/manifest.jsonl", encoding="utf-8")]
    said = dict(
        line.rstrip("\n").split(": ", 1)
        for line in open(f"{folder}/night.transcripts.txt", encoding="utf-8"))
    assert len(said) == len(EXPECTED)
    for row in rows:
        name = row["file"]
        assert all(c in "abcdefghijklmnopqrstuvwxyz0123456789-_/." for c in name), name
        assert said[name.removesuffix(".wav")].split() == row["text"].split()
    for row in rows[:12]:
        path = f"{folder}/{row['file']}"
        assert tool("soxi", "-r", path).strip() == "8000"
        assert tool("soxi", "-e", path).strip() in ("u-law", "µ-law", "mu-law"), tool("soxi", "-e", path)
        assert tool("soxi", "-c", path).strip() == "1"
        assert abs(float(tool("soxi", "-D", path)) - row["duration_s"]) < 0.01


def test_lists():
    import pandas

    folder, _ = export("m3u8")
    lines = open(f"{folder}/night.m3u8", encoding="utf-8").read().splitlines()
    files = [line for line in lines if not line.startswith("#")]
    assert lines[0] == "#EXTM3U" and len(files) == len(EXPECTED)
    for name in files:
        assert os.path.exists(f"{folder}/{name}"), name
    # Another list beside the same files copies nothing.
    _, done = export("csv", to="out-m3u8")
    assert "0 files written" in done.stdout and "formula" in done.stderr, done
    table = pandas.read_csv(f"{folder}/night.csv", dtype=str, keep_default_na=False)
    assert len(table) == len(EXPECTED)
    for row in table.itertuples():
        text = row.text[1:] if row.text[:2] in ("'=", "'+", "'-", "'@") else row.text
        assert text == EXPECTED[row.id.removeprefix("'") if row.id[:2] == "'-" else row.id]["text"], row
        assert not row.text.startswith(("=", "+", "-", "@"))
    export("summary", to="out-m3u8")
    summary = json.load(open(f"{folder}/summary.json", encoding="utf-8"))
    assert [entry["contents"][0] for entry in summary["results"]] == [
        line["text"] for line in EXPECTED.values()]
    for entry in summary["results"]:
        path = f"{folder}/{entry['audioFileName']}"
        assert os.path.getsize(path) == entry["properties"]["sizeInBytes"]


# The sound.


def lufs(path):
    words = subprocess.run(
        ["ffmpeg", "-nostdin", "-hide_banner", "-i", path, "-af", "ebur128=framelog=verbose", "-f", "null", "-"],
        capture_output=True, text=True).stderr
    return float(words.rsplit("I:", 1)[1].split()[0])


def test_sound():
    """One gain for a voice, silence at the ends, a rate; the store stays as it is."""
    before = sorted(glob.glob(f"{NIGHT.folder}/state/objects/*/*"))
    stamps = [os.stat(path).st_mtime_ns for path in before]
    folder, _ = export("joined", "--loudness", "-23", batch="few", to="out-loud")
    # Anna, Ben and nobody take turns, so a scene is as loud as its voices are.
    found = [lufs(path) for path in glob.glob(f"{folder}/*.wav")]
    assert all(-25 < loud < -21 for loud in found), found
    folder, done = export("files", "--loudness=-5", batch="few", to="out-clipped")
    rows = [json.loads(line) for line in open(f"{folder}/manifest.jsonl", encoding="utf-8")]
    clipped = [row for row in rows if row["clipped"]]
    assert bool(clipped) == (", and clipped" in done.stderr), (len(clipped), done.stderr)
    gains = {}
    for row in rows:
        gains.setdefault(row["speaker"], set()).add(row["converted"])
    assert all(len(names) == 1 for names in gains.values()), gains
    folder, _ = export("files", "--trim", "--rate", "16000", batch="few", to="out-trim")
    for row in map(json.loads, open(f"{folder}/manifest.jsonl", encoding="utf-8")):
        rate, frames = samples(f"{folder}/{row['file']}")
        long = row["file_duration_s"] or row["duration_s"]
        assert rate == 16000 and abs(frames / rate - long) < 0.002, row
    assert stamps == [os.stat(path).st_mtime_ns for path in before]


def info(path):
    """The entries of a WAV file's LIST/INFO chunk."""
    whole = open(path, "rb").read()
    assert struct.unpack_from("<I", whole, 4)[0] == len(whole) - 8
    found, at = {}, 12
    while at < len(whole):
        name, size = struct.unpack_from("<4sI", whole, at)
        body = whole[at + 8:at + 8 + size]
        at += 8 + size + size % 2
        if name != b"LIST" or not body.startswith(b"INFO"):
            continue
        assert not found, "two of them"
        entry = 4
        while entry < len(body):
            key, length = struct.unpack_from("<4sI", body, entry)
            found[key.decode()] = body[entry + 8:entry + 8 + length].rstrip(b"\0").decode()
            entry += 8 + length + length % 2
    return found


def test_tags():
    """What was asked, of which voice with its consent, is in every format that has a place for it."""
    words = "Words of a person who speaks for as long as the clip of a voice should last, or so."
    NIGHT.enqueue("add", NIGHT.write("clip.csv", f"id,text\nc,\"{words}\"\n"), "--batch", "clip", "--yes")
    NIGHT.night()
    clip = json.loads(NIGHT.enqueue("list", "--batch", "clip", "--json").stdout)["path"]
    consent = "Zo\u00eb B., on paper, 2026-11-02; may be sold"
    NIGHT.enqueue("voice", "add", "zoe", clip, "--text", words, "--consent", consent)
    file = NIGHT.write("tagged.csv", "id,text\nt1,What was asked?\n")
    NIGHT.enqueue("add", file, "--batch", "tagged", "--yes", "--voice", "zoe")
    NIGHT.night()
    line = json.loads(NIGHT.enqueue("show", "tagged:t1", "--json").stdout.split("\n")[0])
    facts = ["text: What was asked?", "model: fal-ai/csm-1b", "voice: zoe", f"consent: {consent}",
             f"request: {line['request_id']}", "take: 1"]
    kinds = {
        "wav": [], "trimmed": ["--rate", "16000"], "mulaw": ["--convert", "wav:8000:ulaw"],
        "mp3": ["--convert", "mp3"], "m4a": ["--convert", "m4a"], "flac": ["--convert", "flac"],
        "ogg": ["--convert", "ogg"], "opus": ["--convert", "opus"],
    }
    for kind, options in kinds.items():
        folder, _ = export("files", "--tags", *options, to=f"small-tags-{kind}", batch="tagged")
        path = glob.glob(f"{folder}/t1.*")[0]
        whole = open(path, "rb").read()
        for secret in [NIGHT.folder, NIGHT.environment["FAL_KEY"]]:
            assert secret.encode() not in whole, (kind, secret)
        stream = probe(path)
        tags = {**stream["format"].get("tags", {}), **stream["streams"][0].get("tags", {})}
        tags = {name.lower(): value for name, value in tags.items()}
        assert tags["title"] == "t1" and tags["artist"] == "zoe" and tags["album"] == "tagged", tags
        comment = tags.get("comment") or tags["description"]
        if path.endswith(".wav"):
            assert info(path)["ICMT"] == comment, (kind, info(path))
        for fact in facts:
            assert fact in comment.split("\n"), (kind, fact, tags)


# The night and the morning.


def test_follow():
    file = NIGHT.write(
        "follow.csv", "id,text\n" + "".join(f"n{n:04},Line {n} of those that follow.\n" for n in range(60)))
    NIGHT.enqueue("add", file, "--batch", "follow", "--yes", "--cast", "auto", "--per-turn")
    folder = NIGHT.path("out-follow")
    command = [f"{NIGHT.programs}/csm-enqueue", "export", "follow", "--to", folder, "--follow", "--ordered"]
    first = subprocess.Popen(command, env=NIGHT.environment, stdout=subprocess.PIPE, text=True)
    # It stops when it is told to, and goes on from there.
    while not os.path.exists(f"{folder}/manifest.jsonl"):
        assert first.poll() is None, first.returncode
        time.sleep(0.05)
    first.terminate()
    first.communicate()
    assert first.returncode == 130, first.returncode
    second = subprocess.Popen(command, env=NIGHT.environment, stdout=subprocess.PIPE, text=True)
    NIGHT.night()
    out, _ = second.communicate(timeout=300)
    assert second.returncode == 0, out
    lines = list(lines_of("follow"))
    rows = {}
    for row in map(json.loads, open(f"{folder}/manifest.jsonl", encoding="utf-8")):
        rows[f"{folder}/{row['file']}"] = row["id"]
    order = []
    for path in out.rstrip("\n").split("\n"):
        if rows[path] not in order:
            order.append(rows[path])
    assert order == lines, (set(lines) - set(order), [pair for pair in zip(order, lines) if pair[0] != pair[1]][:3])


def test_report():
    done = NIGHT.enqueue("report", "night")
    report = json.loads(NIGHT.enqueue("report", "night", "--json").stdout)
    assert report["spoken"] == len(EXPECTED)
    assert abs(report["audio_s"] - sum(seconds(line) for line in EXPECTED.values())) < 0.01
    assert sum(slot["stored"] for slot in report["rate"]) >= len({line["digest"] for line in EXPECTED.values()})
    assert f"{len(EXPECTED)} of {len(EXPECTED)} lines spoken" in done.stdout
    page = NIGHT.path("report.html")
    NIGHT.enqueue("report", "night", "--html", page)
    NIGHT.enqueue("report", "night", "--html", page)
    text = open(page, encoding="utf-8").read()
    assert "<script" not in text and "http" not in text and text.count("<svg") >= 2
    mine = NIGHT.write("mine.html", "<p>Mine.")
    NIGHT.enqueue("report", "night", "--html", mine, status=73)


def test_somewhere_else():
    """Backup and export to an S3 server and back onto an empty machine, by the words of `help exports`."""
    log = NIGHT.path("moto.log")
    with open(log, "w", encoding="utf-8") as words:
        server = subprocess.Popen(
            [os.path.join(os.path.dirname(sys.executable), "moto_server"), "-H", "127.0.0.1", "-p", "0"],
            stdout=words, stderr=words)
    try:
        while "Running on" not in (text := open(log, encoding="utf-8").read()):
            assert server.poll() is None, text
            time.sleep(0.1)
        address = text.split("Running on ")[1].split()[0]
        environment = NIGHT.environment | {
            "RCLONE_CONFIG": "/dev/null", "RCLONE_CONFIG_REMOTE_TYPE": "s3",
            "RCLONE_CONFIG_REMOTE_PROVIDER": "Other", "RCLONE_CONFIG_REMOTE_ENDPOINT": address,
            "RCLONE_CONFIG_REMOTE_ACCESS_KEY_ID": "test", "RCLONE_CONFIG_REMOTE_SECRET_ACCESS_KEY": "test",
            "RCLONE_CONFIG_REMOTE_REGION": "us-east-1", "RCLONE_CONFIG_REMOTE_FORCE_PATH_STYLE": "true",
        }

        def rclone(*arguments):
            subprocess.run(["rclone", *arguments], env=environment, check=True, capture_output=True, text=True)

        out, _ = export("files")
        backup, back = NIGHT.path("backup"), NIGHT.path("back")
        NIGHT.enqueue("backup", "--to", backup)
        rclone("mkdir", "remote:csm")
        rclone("sync", backup, "remote:csm/backup")
        rclone("copy", out, "remote:csm/out")
        rclone("copy", "remote:csm/backup", back)
        rclone("copy", "remote:csm/out", NIGHT.path("out-back"))
        for path in glob.glob(f"{out}/**/*.wav", recursive=True):
            copy = path.replace(out, NIGHT.path("out-back"))
            assert open(path, "rb").read() == open(copy, "rb").read(), path
        empty = NIGHT.environment | {"CSM_STATE_DIR": NIGHT.path("empty-machine")}

        def there(*arguments):
            done = subprocess.run(
                [f"{NIGHT.programs}/csm-enqueue", *arguments], env=empty, capture_output=True, text=True)
            assert done.returncode == 0, (arguments, done)
            return done.stdout

        there("restore", back)
        there("verify", "--full")
        lines = there("list", "--batch", "night", "--all", "--json").rstrip("\n").split("\n")
        assert len(lines) == len(EXPECTED)
    finally:
        server.kill()
        server.wait()


def test_litestream():
    """A machine dies, and its replica is a second behind: every line is spoken, none is paid for twice."""
    ledger = NIGHT.path("ledger.jsonl")
    stage = Stage(NIGHT.programs, "--latency", "200ms", "--runners", "4", "--list-unfinished", "--ledger", ledger)
    replicating = csmd = None
    try:
        count = 300
        stage.environment["CSM_MAX_IN_FLIGHT"] = "8"
        file = stage.write("lines.txt", "".join(f"Line {number} of a night.\n" for number in range(count)))
        stage.enqueue("add", file, "--yes")
        database, replica = stage.path("state/csm.db"), "file://" + stage.path("replica")
        litestream = os.path.join(os.path.dirname(sys.executable), "litestream")
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        replicating = subprocess.Popen([litestream, "replicate", database, replica], **quiet)
        csmd = subprocess.Popen([f"{stage.programs}/csmd", "run"], env=stage.environment, **quiet)

        def wait_until_stored(enough):
            while True:
                if json.loads(stage.enqueue("status", "--json").stdout)["lines"]["STORED"] >= enough:
                    return
                assert csmd.poll() is None and replicating.poll() is None
                time.sleep(0.1)

        wait_until_stored(10)
        while len(glob.glob(stage.path("replica/**/*.ltx"), recursive=True)) < 3:
            time.sleep(0.1)
        replicating.kill()
        replicating.wait()
        wait_until_stored(40)
        csmd.kill()
        csmd.wait()
        os.makedirs(stage.path("new"), mode=0o700)
        tool(litestream, "restore", "-o", stage.path("new/csm.db"), replica)
        shutil.copytree(stage.path("state/objects"), stage.path("new/objects"))
        stage.environment["CSM_STATE_DIR"] = stage.path("new")
        stage.night(status=3)
        assert "is not the file that csmd last used" in stage.enqueue("status", status=3).stdout
        stage.enqueue("resume")
        stage.night()
        stage.enqueue("verify", "--full")
        with open(ledger, encoding="utf-8") as accepted:
            bodies = [json.loads(line)["body"] for line in accepted]
        assert len(bodies) == len(set(bodies)) == count, len(bodies)
    finally:
        for process in (replicating, csmd):
            if process:
                process.kill()
                process.wait()
        stage.close()


# What must not happen.


def audio_reads(folder, *arguments):
    """The audio files that a program opens to read them."""
    trace = NIGHT.path("trace")
    subprocess.run(
        ["strace", "-f", "-qq", "-e", "trace=openat,open", "-o", trace,
         f"{NIGHT.programs}/csm-enqueue", *arguments], env=NIGHT.environment, check=True,
        capture_output=True)
    return [line for line in open(trace, encoding="utf-8", errors="replace")
            if "/objects/" in line and "O_DIRECTORY" not in line or '.wav"' in line or '.m4b"' in line]


def test_second_export_reads_no_audio():
    for form in ["files", "ljspeech", "hf", "joined", "book", "srt", "phone"]:
        folder, _ = export(form, batch="few", to=f"again-{form}")
        reads = audio_reads(folder, "export", "few", "--to", folder, "--as", form)
        assert reads == [], (form, reads[:3])


def test_changes():
    """An edit, a reroll and lines that are gone change the lists and files that they are in, and no other."""
    table = "id,text,scene\na,One.,s1\nb,Two.,s1\nc,Three.,s2\nd,Four.,s2\n"
    file = NIGHT.write("small.csv", table)
    add = ["add", file, "--batch", "small", "--yes", "--cast", "auto", "--per-turn"]
    NIGHT.enqueue(*add)
    NIGHT.night()
    forms = ["files", "ljspeech", "joined", "srt", "csv"]
    before = {}
    for form in forms:
        folder, _ = export(form, batch="small", to=f"small-{form}")
        before[form] = {
            path: open(path, "rb").read() for path in glob.glob(f"{folder}/**/*.*", recursive=True)}
    NIGHT.write("small.csv", table.replace("Three.", "Three and a half."))
    NIGHT.enqueue("reroll", "small:a", "--yes")
    NIGHT.enqueue(*add)
    NIGHT.night()
    for form in forms:
        folder, done = export(form, batch="small", to=f"small-{form}")
        changed = {
            os.path.basename(path) for path, old in before[form].items() if open(path, "rb").read() != old}
        expected = {
            "files": {"a.wav", "c.wav", "manifest.jsonl"},
            "ljspeech": {"a.wav", "c.wav", "manifest.jsonl", "metadata.csv"},
            "joined": {"s1.wav", "s2.wav"}, "srt": {"s1.srt", "s2.srt"},
            "csv": {"a.wav", "c.wav", "manifest.jsonl", "small.csv"},
        }[form]
        # A take may be as long as the one before it.
        assert changed - {"s1.srt"} == expected - {"s1.srt"}, (form, changed)
    folder = NIGHT.path("small-ljspeech")
    with open(f"{folder}/metadata.csv", "a", encoding="utf-8") as list_:
        list_.write("mine|Mine.|Mine.\n")
    done = NIGHT.enqueue("export", "small", "--to", folder, "--as", "ljspeech", status=73)
    assert "metadata.csv was changed since an export wrote it" in done.stderr, done.stderr
    done = NIGHT.enqueue("export", "night", "--to", NIGHT.path("small-csv"), "--as", "ljspeech")
    done = NIGHT.enqueue("export", "small", "--to", NIGHT.path("small-csv"), "--as", "ljspeech", status=73)
    assert "belongs to the batch night" in done.stderr, done.stderr


def test_killed():
    """Killed at any rename, an export goes on, and what it left is known as its own."""
    faults = f"{NIGHT.programs}/libCFaults.so"
    file = NIGHT.write("killed.csv", "id,text,scene\na,One.,s1\nb,Two.,s1\nc,Three.,s2\n")
    NIGHT.enqueue("add", file, "--batch", "killed", "--yes", "--cast", "auto", "--per-turn")
    NIGHT.night()
    for form, options in [("ljspeech", ["--trim", "--rate", "16000"]), ("joined", []), ("m3u8", [])]:
        for at in range(1, 9):
            folder = NIGHT.path(f"killed-{form}-{at}")
            command = [
                f"{NIGHT.programs}/csm-enqueue", "export", "killed", "--to", folder, "--as", form, *options]
            killed = subprocess.run(
                command, capture_output=True, env=NIGHT.environment | {
                    "LD_PRELOAD": faults, "FAULTS_ROOTS": folder, "FAULTS_CALLS": "rename",
                    "FAULTS_DO": "kill", "FAULTS_AT": str(at)})
            if killed.returncode == 0:
                break
            assert killed.returncode == -9, killed
            NIGHT.enqueue("reroll", "killed:a", "--yes")
            NIGHT.night()
            done = subprocess.run(command, capture_output=True, text=True, env=NIGHT.environment)
            assert done.returncode == 0, (form, at, done)
            left = [name for name in os.listdir(folder) if name.startswith(".csm-")]
            assert set(left) <= {".csm-export.jsonl"}, left


def main():
    global NIGHT, LINES
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bin", default=".build/debug", help="the folder of the built programs")
    parser.add_argument("--lines", type=int, default=LINES, help="how many lines the night has")
    parser.add_argument("--keep", action="store_true", help="leave the folder with all exports there")
    parser.add_argument("patterns", nargs="*", help="parts of the names of tests; all without one")
    options = parser.parse_args()
    LINES = options.lines
    tests = [(name, body) for name, body in globals().items() if name.startswith("test_")]
    if options.patterns:
        tests = [test for test in tests if any(part in test[0] for part in options.patterns)]
    NIGHT = Stage(options.bin)
    failed = 0
    try:
        file = NIGHT.write("night.csv", texts.table(LINES))
        NIGHT.enqueue("add", file, "--cast", "auto", "--yes", "--per-turn")
        NIGHT.night()
        few = NIGHT.write("few.csv", texts.table(36))
        NIGHT.enqueue("add", few, "--cast", "auto", "--yes", "--per-turn")
        NIGHT.night()
        EXPECTED.update(lines_of("night"))
        FEW.update(lines_of("few"))
        for name, body in tests:
            begin = time.monotonic()
            try:
                body()
                word = "passed"
            except Exception:
                failed += 1
                word = "FAILED"
                traceback.print_exc()
            print(f"{name}: {word} in {time.monotonic() - begin:.1f} s", flush=True)
    finally:
        if options.keep:
            NIGHT.fal.kill()
            print(NIGHT.folder)
        else:
            NIGHT.close()
    print(f"{len(tests) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
