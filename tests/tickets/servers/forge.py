"""What the servers of GitHub, GitLab and Gitea have in common: issues, numbered from 1, with comments and labels."""

from aiohttp import web

from tests.tickets.servers.strict import Seen, Strict


class ForgeServer(Strict):
    """Issues of one repository, kept as the tracker would show them."""

    write_path = "/issues"
    number_field = "number"
    body_field = "body"
    shown_open = "open"
    page_parameter = "per_page"
    default_page = 30

    def __init__(self) -> None:
        super().__init__()
        self.kept: list[dict] = []

    def add_issue_routes(self, base: str, comments: str, edit_method: str) -> None:
        one = f"{base}/{{number}}"
        self.app.add_routes(
            [
                web.get(base, self._list),
                web.post(base, self._create),
                web.get(one, self._get),
                web.route(edit_method, one, self._edit),
                web.get(f"{one}/{comments}", self._comments),
                web.post(f"{one}/{comments}", self._comment),
            ]
        )

    def seen(self) -> list[Seen]:
        return [
            Seen(
                one["title"],
                one[self.body_field],
                "open" if one["state"] == self.shown_open else "closed",
                one["comments"],
                self.names(one),
            )
            for one in self.kept
        ]

    def names(self, issue: dict) -> list[str]:
        return [label["name"] for label in issue["labels"]]

    def add(self, title: str, body: str, labels: list, **more) -> dict:
        issue = {
            self.number_field: len(self.kept) + 1,
            "title": title,
            self.body_field: body,
            "labels": labels,
            "state": self.shown_open,
            "comments": [],
            **more,
        }
        self.kept.append(issue)
        return issue

    def issue_of(self, request: web.Request) -> dict:
        number = int(request.match_info["number"])
        if not 1 <= number <= len(self.kept):
            self.fail("Not Found", 404)
        return self.kept[number - 1]

    def public(self, issue: dict) -> dict:
        return {key: value for key, value in issue.items() if key != "comments"}

    def check_text(self, text: str) -> str:
        return text

    def page(self, request: web.Request, items: list) -> web.Response:
        query = request.query
        size = int(query.get(self.page_parameter, self.default_page))
        return self.linked(request, items, int(query.get("page", 1)), size, 100)

    async def _get(self, request: web.Request) -> web.Response:
        return web.json_response(self.public(self.issue_of(request)))

    async def _comments(self, request: web.Request) -> web.Response:
        return self.page(request, [{"body": text} for text in self.issue_of(request)["comments"]])

    async def _comment(self, request: web.Request) -> web.Response:
        body = await self.json(request)
        self.only(body, {"body"})
        self.issue_of(request)["comments"].append(self.check_text(body["body"]))
        return web.json_response({}, status=201)

    async def _list(self, request: web.Request) -> web.Response:
        raise NotImplementedError

    async def _create(self, request: web.Request) -> web.Response:
        raise NotImplementedError

    async def _edit(self, request: web.Request) -> web.Response:
        raise NotImplementedError
