"""The nights that both clients speak: how many lines and runners, how slow, how far away."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Case:
    name: str
    lines: int
    runners: int
    # Shortest and longest run of a request, in seconds; drawn evenly.
    service: tuple[float, float]
    # Delay of each answer, in milliseconds.
    late: int = 0

    @property
    def in_flight(self):
        """Requests at fal at a time: enough to keep every runner busy."""
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
