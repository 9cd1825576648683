"""The nights that are compared: what is spoken, by how many runners, and how far away they are."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Case:
    name: str
    lines: int
    runners: int
    # Seconds that a request runs, drawn evenly.
    service: tuple[float, float]
    # Milliseconds that each answer is late.
    late: int = 0

    @property
    def in_flight(self):
        """How many requests either client may have at fal: enough to keep the runners busy."""
        return self.runners * 8 // 5

    @property
    def title(self):
        low, high = self.service
        seconds = f"{low:g} to {high:g} s"
        late = f", answers after {self.late} ms" if self.late else ""
        return f"{self.lines:,} lines, {self.runners} runners, {seconds}{late}"


CASES = [
    Case("common", 1000, 40, (1, 3)),
    Case("long", 300, 40, (8, 10)),
    Case("far", 800, 40, (1, 3), late=250),
    Case("fast", 1000, 40, (0.1, 0.3)),
    Case("wide", 2000, 200, (0.2, 0.4), late=100),
]
AUDIO_BYTES = 150_000
