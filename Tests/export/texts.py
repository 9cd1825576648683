"""Lines with ids and texts that some form or reader trips over."""

import csv
import io

AWKWARD = [
    "One | two || three.",
    "\"Quotes\", he said, \"are 'fine'.\"",
    "Two lines\nin one text.",
    "An empty line\n\nin the middle.",
    "=SUM(A1:A9) is a formula.",
    "+1 and -1 and @home.",
    "-5 degrees, they said.",
    "'Tis no formula.",
    "Tabs\tbetween\twords.",
    "A back\\slash and a per%cent and {braces} and $dollars.",
    "Less < more > and & amp; &amp;.",
    "<i>Not italic</i>, {\\an8} not on top.",
    "00:00:01,000 --> 00:00:02,000",
    "Look ---> here.",
    "WEBVTT",
    "NOTE this is a line.",
    "#EXTM3U is a line, too.",
    "# Number one.",
    "Caf\u00e9, na\u00efve, r\u00e9sum\u00e9, \u0141\u00f3d\u017a.",
    "Cafe\u0301 with a combining accent.",
    "A pipe |\u0301 and <\u0301b>\u0301, \"\u0301 too.",
    "\u65e5\u672c\u8a9e\u306e\u6587\u3067\u3059\u3002",
    "\u0645\u0631\u062d\u0628\u0627, right to left.",
    "Emoji \U0001F469\u200D\U0001F680 and \U0001F1EA\U0001F1FA, \U0001F600!",
    "A line\u2028separator and a next\u0085line.",
    "  Spaces   before and after.  ",
    "[sound:other.mp3] and [[brackets]].",
    "null",
    "NaN",
    "true",
    "1e5",
    "2026-11-29",
    "{\"json\": [1, 2]}",
    "a,b;c\td|e",
    "\u201cCurly\u201d \u2014 and \u2026 dashes.",
    "Percent %s %d %n.",
    "Trailing backslash\\",
    "Words upon words, and more of them. " * 115,
]

# What stands in an id, each a name on some file system or in some list.
IDS = [
    "plain", "with space", "UPPER", "upper2", "a/b/c", "a/b/d", "dot.in.name", "#hash", "-dash",
    "quote'd", "double\"d", "pipe|d", "semi;colon", "comma,d", "per%20cent", "caf\u00e9", "\u65e5\u672c",
    "emoji\U0001F600", "x" * 180, "con", "star*", "que?ry", "back\\slash", "amp&ersand", "<tag>",
    "a=b", "tilde~", "dollar$", "paren(s)", "brack[et]",
]


def table(count=240):
    """A CSV file of so many lines in scenes of twelve; no scene at the end."""
    rows = io.StringIO()
    out = csv.writer(rows)
    out.writerow(["id", "text", "speaker", "scene", "mood"])
    for number in range(count):
        name = IDS[number] if number < len(IDS) else f"n{number:04}"
        text = AWKWARD[number] if number < len(AWKWARD) else (
            f"This is number {number}.")
        scene = f"scene {number // 12 + 1}" if number < count - 24 else ""
        out.writerow([name, text, ["Anna", "Ben", ""][number % 3], scene, "=glad" if number % 5 else "sad"])
    return rows.getvalue()
