"""Adds COUNT texts to another queue, then claims them all: peers.py huey|litequeue COUNT FOLDER.

Runs in the virtual environment. Each library is used as its documentation shows, with its defaults.
"""

import json
import sys
import time

name, count, folder = sys.argv[1], int(sys.argv[2]), sys.argv[3]
text = "This is the sentence of row number {} of the table."

if name == "huey":
    from huey import SqliteHuey

    queue = SqliteHuey(filename=f"{folder}/huey.db")

    @queue.task()
    def add(text):
        pass

    def claim():
        return queue.dequeue()
else:
    from litequeue import LiteQueue

    queue = LiteQueue(f"{folder}/litequeue.db")
    add = queue.put

    def claim():
        message = queue.pop()
        if message:
            queue.done(message.message_id)
        return message

begin = time.monotonic()
for number in range(count):
    add(text.format(number))
added = time.monotonic()
claimed = 0
while claim():
    claimed += 1
ended = time.monotonic()
assert claimed == count, claimed
print(json.dumps({"add": (added - begin) / count, "claim": (ended - added) / count}))
