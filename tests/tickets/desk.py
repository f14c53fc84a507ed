"""A tracker of scripted answers: what is asked of it is kept, and nothing is sent."""

import json
from collections import deque

from scanner.tickets.answer import Answer
from scanner.tickets.secret import Secret
from scanner.tickets.settings import read_config
from scanner.tickets.tracker import Setup, find_kind


class Desk:
    """Stands where scanner.tickets.http.Web stands; answers in turn, an exception is raised."""

    url = "https://tracker.example"

    def __init__(self, *answers):
        self.answers = deque(answers)
        self.asked = []

    async def read(self, path, params=None):
        return self._take("GET", path, dict(params or {}))

    async def query(self, path, body):
        return self._take("POST", path, body and dict(body))

    async def write(self, method, path, body=None, *, form=None, headers=None, data=None):
        return self._take(method, path, form if form is not None else body and dict(body))

    def _take(self, method, path, said):
        self.asked.append((method, path, said))
        answer = self.answers.popleft() if self.answers else {}
        if isinstance(answer, Exception):
            raise answer
        body, headers = answer if isinstance(answer, tuple) else (answer, {})
        return Answer(200, headers, json.dumps(body).encode(), f"{self.url}/{path}")


def next_page(path):
    return {"link": f'<{Desk.url}/{path}>; rel="next"'}


def setup(folder, tracker, text, desk=None):
    """Return what a tracker is opened with: the configuration and a desk."""
    file = folder / "tickets.toml"
    file.write_text(f'url = "{Desk.url}"\n{text}')
    return Setup(
        config=read_config(file, tracker, find_kind(tracker).options), web=desk or Desk(), secret=Secret("s3cret")
    )


def opened(folder, tracker, text, *answers):
    desk = Desk(*answers)
    return find_kind(tracker).open(setup(folder, tracker, text, desk)), desk
