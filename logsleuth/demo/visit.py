"""One client's way through Canvas: pages, and what pages send by themselves."""

import random
from dataclasses import replace
from typing import Any

from logsleuth.demo.campus import KEY_SIS, Course, Person
from logsleuth.demo.log import MINUTE, SECOND, Client, Log
from logsleuth.model.weblog import UNSPECIFIED

SIS_BRIDGE = Client(405, "203.0.113.30", "SISBridge/4.0", None, KEY_SIS)
"""The service that uploads the student information system's files every night."""


class Visit:
    """Sends requests one after the other; ``us`` is the time of the next one."""

    def __init__(self, log: Log, rng: random.Random, client: Client, us: int) -> None:
        self.log = log
        self.rng = rng
        self.client = client
        self.us = us

    def send(
        self, method: str, url: str, controller: str | None, action: str | None, **more: Any
    ) -> str:
        """Send a request now; the next one follows within a second unless told to wait."""
        request_id = self.log.request(self.us, self.client, method, url, controller, action, **more)
        self.us += 90_000 + int(self.rng.random() * 700_000)
        return request_id

    def wait(self, least: float, most: float) -> None:
        """Let so many seconds pass."""
        self.us += int((least + self.rng.random() * (most - least)) * SECOND)

    def page(self, url: str, controller: str, action: str, **more: Any) -> str:
        """Open a page: the page, then some of what it fetches, then the time spent on it."""
        request_id = self.send("GET", url, controller, action, **more)
        rng = self.rng
        course = more.get("course")
        if rng.random() < 0.42:
            self.send("POST", "/api/graphql", "graphql", "execute")
        if course is not None and rng.random() < 0.35:
            self.send("GET", f"/api/v1/courses/{course}/tabs", "tabs", "index", course=course)
        if rng.random() < 0.3:
            self.send("GET", "/api/v1/conversations/unread_count", "conversations", "unread_count")
        stay = rng.random() * rng.random() * 240
        if course is not None and stay > 60:
            self.us += int(stay / 2 * SECOND)
            self.send("POST", f"/api/v1/courses/{course}/ping", "courses", "ping", course=course)
        if rng.random() < 0.5:
            self.us += int(stay / 2 * SECOND)
            self.send("PUT", f"/page_views/{request_id}", "page_views", "update")
        else:
            self.us += int(stay * SECOND)
        return request_id

    def sign_in(self, person: Person) -> None:
        """Sign in through the campus login; the password row names no account."""
        known, self.client = self.client, Client(None, self.client.ip, self.client.agent)
        self.send("GET", "/login", "login", "new", status=302)
        self.send("GET", "/login/saml", "login/saml", "new", status=302)
        self.wait(4, 20)
        self.send("POST", "/login/saml", "login/saml", "create", status=302)
        self.client = known
        self.send(
            "GET", "/?login_success=1", "users", "user_dashboard", context=("User", person.id)
        )

    def dashboard(self) -> None:
        """Open the dashboard, which fetches its cards, to-dos and plans."""
        self.send("GET", "/", "users", "user_dashboard")
        self.send("GET", "/api/v1/dashboard/dashboard_cards", "users", "dashboard_cards")
        self.send("GET", "/api/v1/planner/items?per_page=50", "planner", "index")
        if self.rng.random() < 0.4:
            self.send("GET", "/api/v1/users/self/todo", "users", "todo_items")
        if self.rng.random() < 0.2:
            file, secret = self.rng.randrange(600_000, 610_000), self.rng.randrange(10**9)
            self.send(
                "GET",
                f"/images/thumbnails/{file}/{secret:x}",
                UNSPECIFIED,
                UNSPECIFIED,
            )
        self.wait(2, 40)

    def sis_import(self, batch: int, minutes: float) -> str:
        """Upload a SIS import through the API and poll until it is done; the upload's id."""
        root = ("Account", 1)
        base = "/api/v1/accounts/1/sis_imports"
        end = self.us + int(minutes * MINUTE)
        upload = self.send(
            "POST",
            f"{base}?import_type=instructure_csv",
            "sis_imports_api",
            "create",
            context=root,
            micros=2_400_000,
        )
        while self.us < end:
            self.wait(20, 26)
            self.send("GET", f"{base}/{batch}", "sis_imports_api", "show", context=root)
        return upload

    def start_acting(self, user: int) -> None:
        """Use the act-as dialog to become somebody else in the same session."""
        path, about = f"/users/{user}/masquerade", ("User", user)
        self.page(path, "users", "masquerade", context=about)
        self.send("POST", path, "users", "masquerade", status=302, context=about)
        self.client = self.client.acting_as(user)
        self.send("GET", "/", "users", "user_dashboard")

    def stop_acting(self) -> None:
        """Become oneself again."""
        own = self.client.real
        path = f"/users/{own}/masquerade?stop_acting_as_user=true"
        self.send("POST", path, "users", "masquerade", status=302)
        self.client = replace(self.client, user=own, real=None)

    def quiz(self, course: Course, quiz: int, minutes: float) -> None:
        """Take a quiz: start, focus events and backups of the page, and hand it in."""
        user = self.client.user or 0
        number = course.quiz(quiz)
        about: dict[str, Any] = {
            "course": course.id,
            "quiz": number,
            "assignment": course.assignment(quiz),
        }
        base = f"/courses/{course.id}/quizzes/{number}"
        attempt = number * 10 + user % 10_000
        self.page(base, "quizzes/quizzes", "show", **about)
        self.send(
            "POST",
            f"{base}/take?user_id={user}",
            "quizzes/quizzes",
            "show",
            status=302,
            participated=True,
            **about,
        )
        self.send("GET", f"{base}/take", "quizzes/quizzes", "show", participated=True, **about)
        end = self.us + int(minutes * MINUTE)
        while self.us < end:
            self.wait(15, 70)
            self.send(
                "POST",
                f"/api/v1{base}/submissions/{attempt}/events",
                "quizzes/quiz_submission_events_api",
                "create",
                status=204,
                **about,
            )
            if self.rng.random() < 0.6:
                self.send(
                    "POST",
                    f"{base}/submissions/backup",
                    "quizzes/quiz_submissions",
                    "backup",
                    **about,
                )
        self.send(
            "POST",
            f"{base}/submissions?user_id={user}",
            "quizzes/quiz_submissions",
            "create",
            status=302,
            participated=True,
            **about,
        )
        self.send("GET", base, "quizzes/quizzes", "show", **about)
