"""A night with fal's Python client, as its users write it: fal_night.py LINES IN_FLIGHT FOLDER."""

import asyncio
import sys

import fal_client
import httpx

lines, in_flight, folder = open(sys.argv[1]).read().splitlines(), int(sys.argv[2]), sys.argv[3]


async def speak(number, text, turn, web):
    async with turn:
        result = await fal_client.subscribe_async(
            "fal-ai/csm-1b", {"scene": [{"text": text, "speaker_id": 0}]})
        audio = (await web.get(result["audio"]["url"])).raise_for_status().content
    with open(f"{folder}/{number}.wav", "wb") as file:
        file.write(audio)


async def night():
    turn = asyncio.Semaphore(in_flight)
    async with httpx.AsyncClient(timeout=60) as web:
        await asyncio.gather(*(speak(number, text, turn, web) for number, text in enumerate(lines)))


asyncio.run(night())
