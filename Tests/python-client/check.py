"""fal's Python client against csm-localfal: see run.sh, which sets the environment."""

import asyncio
import concurrent.futures
import io
import json
import os
import sys
import wave

import fal_client
import fal_client.client
import httpx

ENDPOINT = "fal-ai/csm-1b"
LEDGER = sys.argv[1]
CONTROL = f"{os.environ['CSM_QUEUE_URL']}/_localfal"
# A busy machine is slow.
PATIENCE = 60


def scene(text):
    return {"scene": [{"text": text, "speaker_id": 0}]}


def accepted():
    with open(LEDGER) as lines:
        return [json.loads(line) for line in lines]


def check_audio(result, text):
    """Downloads without the key, and compares size and length with what was promised."""
    audio = result["audio"]
    file = httpx.get(audio["url"], timeout=PATIENCE).raise_for_status().content
    assert len(file) == audio["file_size"], (len(file), audio)
    with wave.open(io.BytesIO(file)) as opened:
        shape = opened.getnchannels(), opened.getsampwidth(), opened.getframerate()
        assert shape == (1, 2, 24000), shape
        seconds = opened.getnframes() / 24000
    assert abs(seconds - (0.4 + len(text) / 14)) < 0.001, (seconds, text)


def one(number):
    text = f"This is line {number} of fifty" + "!" * (number % 7)
    seen = []
    result = fal_client.subscribe(
        ENDPOINT, scene(text), with_logs=True, on_queue_update=lambda update: seen.append(update)
    )
    assert isinstance(seen[-1], fal_client.Completed), seen[-1]
    check_audio(result, text)
    return {type(update).__name__ for update in seen}


def fifty():
    with concurrent.futures.ThreadPoolExecutor(20) as pool:
        seen = set().union(*pool.map(one, range(50)))
    assert seen == {"Queued", "InProgress", "Completed"}, seen
    entries = accepted()
    assert len(entries) == 50, len(entries)
    assert len({entry["request_id"] for entry in entries}) == 50
    print("50 requests: accepted once each, all states seen")


def handle():
    """Submit, events, result by id, cancel."""
    submitted = fal_client.submit(ENDPOINT, scene("One by one."))
    events = [type(event).__name__ for event in submitted.iter_events(with_logs=True)]
    assert events[-1] == "Completed", events
    again = fal_client.result(ENDPOINT, submitted.request_id)
    assert again == submitted.get()
    # The first eight keep the eight runners, so that the last one has not run before it is cancelled.
    httpx.put(f"{CONTROL}/faults", content="run:stuck#1-8", timeout=PATIENCE).raise_for_status()
    waiting = [fal_client.submit(ENDPOINT, scene("Never mind.")) for _ in range(30)]
    waiting[-1].cancel()
    try:
        waiting[-1].get()
        raise AssertionError("a cancelled request gave a result")
    except fal_client.FalClientHTTPError as error:
        assert error.status_code == 499, error
    httpx.delete(f"{CONTROL}/faults", timeout=PATIENCE).raise_for_status()
    for request in waiting[:8]:
        request.cancel()
    print("events, result by id, cancel")


def errors():
    try:
        fal_client.subscribe(ENDPOINT, {"text": "not in a scene"})
        raise AssertionError("a wrong input gave a result")
    except fal_client.FalClientHTTPError as error:
        assert error.status_code == 422, error
    try:
        fal_client.submit("fal-ai/no-such-app", {})
        raise AssertionError("an app that does not exist took a request")
    except fal_client.FalClientHTTPError as error:
        assert error.status_code == 404, error
    print("errors")


async def asynchronous():
    texts = [f"Asynchronous line {number}" for number in range(10)]
    results = await asyncio.gather(
        *(fal_client.subscribe_async(ENDPOINT, scene(text)) for text in texts)
    )
    for text, result in zip(texts, results):
        check_audio(result, text)
    print("10 requests, asynchronous")


def upload():
    """The client knows one address for uploads; here it is pointed elsewhere."""
    base = "https://" + os.environ["FAL_QUEUE_RUN_HOST"]
    fal_client.client.REST_URL = base
    fal_client.client.CDN_URL = base
    clip = os.urandom(200_000)
    url = fal_client.upload(clip, "audio/wav", file_name="my clip.wav")
    answer = httpx.get(url, timeout=PATIENCE).raise_for_status()
    assert answer.content == clip
    assert answer.headers["content-type"] == "audio/wav"
    print("upload")


def no_leak():
    stats = httpx.get(f"{CONTROL}/stats", timeout=PATIENCE).raise_for_status().json()
    assert stats["key_leaks"] == 0, stats


fifty()
handle()
errors()
asyncio.run(asynchronous())
upload()
no_leak()
