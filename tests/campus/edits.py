"""People and scripts changing courses by requests that write the change themselves."""

from campus.world import Client, World
from logsleuth.model import times


def edit(world: World, at: int) -> None:
    """One change by somebody, with what may happen around it."""
    teacher = world.dice.choice(world.teachers)
    course = world.dice.choice(world.teaches[teacher])
    client = _client(world, teacher, at)
    kind = world.dice.choices(
        ["toggle", "form", "end", "put", "settings", "delete", "unconclude", "reset", "restore"],
        [30, 24, 14, 16, 8, 4, 4, 4, 4],
    )[0]
    url, method, route, source = _way(kind, course)
    if client.key is None and kind in ("form", "end"):
        page = "settings" if kind == "form" else "confirm_action?event=conclude"
        if world.chance(0.8):
            action = "settings" if kind == "form" else "confirm_action"
            world.request(
                client, at - world.between(3, 40), "GET", f"/courses/{course}/{page}",
                f"courses#{action}", course=course,
            )  # fmt: skip
    if world.chance(0.08):
        refused = world.dice.choice([400, 401, 403, 403, 404, 422])
        world.request(
            client, at - world.between(0.2, 20), method, url, route, course=course, status=refused
        )
    if client.real_user_id is not None and client.key is not None:
        url += f"?as_user_id={client.user_id}"
    ok = 302 if source == "manual" else 200
    row, start, end = world.request(client, at, method, url, route, course=course, status=ok)
    written = world.within(start, end)
    if kind == "reset":
        new = world.new_course()
        world.event(row, written, "reset_to", source, course, reset_to=new)
        world.event(row, written, "reset_from", source, new, reset_from=course)
    elif kind in ("form", "put", "settings"):
        if world.chance(0.9):  # saving without a change writes nothing
            world.event(row, written, "updated", source, course)
            if kind == "put" and world.chance(0.3):
                world.event(row, min(end, written + 30_000), "published", source, course)
    else:
        types = {
            "toggle": ("published", "claimed"),
            "end": ("concluded", "deleted"),
            "delete": ("concluded", "deleted"),
            "unconclude": ("unconcluded",),
            "restore": ("restored",),
        }[kind]
        world.event(row, written, world.dice.choice(types), source, course)
    _around(world, client, row.http_method or "", url, route, course, ok, at)


def _way(kind: str, course: int) -> tuple[str, str, str, str]:
    """URL, method, route and event source of a kind of change."""
    web, api = f"/courses/{course}", f"/api/v1/courses/{course}"
    return {
        "toggle": (api, "PUT", "courses#update", "api"),
        "form": (web, "POST", "courses#update", "manual"),
        "end": (web, "POST", "courses#destroy", "manual"),
        "put": (api, "PUT", "courses#update", "api"),
        "settings": (f"{api}/settings", "PUT", "courses#update_settings", "api"),
        "delete": (api, "DELETE", "courses#destroy", "api"),
        "unconclude": (f"{web}/unconclude", "POST", "courses#unconclude", "manual"),
        "reset": (f"{web}/reset", "POST", "courses#reset_content", "manual"),
        "restore": (api, "PUT", "courses#update", "api"),
    }[kind]


def _client(world: World, teacher: int, at: int) -> Client:
    """The teacher's browser or script, or somebody acting as the teacher."""
    if world.chance(0.08):
        admin = world.dice.choice(world.admins)
        if world.chance(0.3):
            return world.token(teacher, admin)
        client = world.browser(teacher, admin)
        before = Client(admin, None, client.session_id, None, client.address, client.agent)
        world.request(
            before, at - world.between(20, 300), "POST", f"/users/{teacher}/masquerade",
            "users#masquerade", status=302,
        )  # fmt: skip
        return client
    return world.token(teacher) if world.chance(0.2) else world.browser(teacher)


def _around(
    world: World, client: Client, method: str, url: str, route: str, course: int, ok: int, at: int
) -> None:
    """What confuses: double clicks, retries, other writes, the teacher's own session."""
    if world.chance(0.04):
        world.request(
            client, at + world.between(0.05, 0.7), method, url, route, course=course, status=ok
        )
    if world.chance(0.01):
        world.request(
            client, at - world.between(1, 6), method, url, route, course=course, status=502
        )
    if world.chance(0.1):
        world.request(
            client, at + world.between(-0.8, 0.8), "POST", f"/api/v1/courses/{course}/assignments",
            "assignments_api#create", course=course, status=201,
        )  # fmt: skip
    if world.chance(0.05):
        # A save that changes nothing and so writes no event.
        world.request(
            client, at + world.between(-50, 50), "PUT", f"/api/v1/courses/{course}",
            "courses#update", course=course,
        )  # fmt: skip
    if world.chance(0.06):
        other = world.dice.choice(world.teaches[client.user_id])
        row, start, end = world.request(
            client, at + world.between(-1, 1), "PUT", f"/api/v1/courses/{other}",
            "courses#update", course=other,
        )  # fmt: skip
        world.event(row, world.within(start, end), "updated", "api", other)
    if world.chance(0.05):
        # The same course again, seconds later.
        row, start, end = world.request(
            client, at + world.between(1, 40), "PUT", f"/api/v1/courses/{course}",
            "courses#update", course=course,
        )  # fmt: skip
        world.event(row, world.within(start, end), "updated", "api", course)
    if client.real_user_id is not None and world.chance(0.15):
        own = world.browser(client.user_id)
        row, start, end = world.request(
            own, at + world.between(-40, 40), "PUT", f"/api/v1/courses/{course}",
            "courses#update", course=course,
        )  # fmt: skip
        world.event(row, world.within(start, end), "updated", "api", course)


def script(world: World, at: int) -> None:
    """A script that goes through many courses, one after the other; two hosts at times."""
    owner = world.dice.choice(world.admins)
    hosts = [world.token(owner, host=2)]
    if world.chance(0.3):
        hosts.append(world.token(owner, host=3))
    pace = world.dice.uniform(0.3, 1.5)
    for course in world.dice.choices(world.courses, k=world.dice.randint(4, 25)):
        at += world.between(pace, pace * 1.6)
        client = world.dice.choice(hosts)
        if world.chance(0.03):
            world.request(
                client, at - world.between(0.1, 0.3), "PUT", f"/api/v1/courses/{course}",
                "courses#update", course=course, status=403,
            )  # fmt: skip
        row, start, end = world.request(
            client, at, "PUT", f"/api/v1/courses/{course}", "courses#update", course=course
        )
        world.event(row, world.within(start, end), "updated", "api", course)


def creations(world: World, at: int) -> None:
    """Courses made by form or script; the log seldom names the new course."""
    by_hand = world.chance(0.4)
    owner = world.dice.choice(world.admins)
    client = world.browser(owner) if by_hand else world.token(owner, host=4)
    for _ in range(1 if by_hand else world.dice.randint(1, 12)):
        at += world.between(0.6, 3)
        course = world.new_course()
        url = "/courses" if by_hand else "/api/v1/accounts/1/courses"
        row, start, end = world.request(
            client, at, "POST", url, "courses#create",
            course=course if world.chance(0.3) else None, status=302 if by_hand else 200,
        )  # fmt: skip
        source = "manual" if by_hand else "api"
        written = world.within(start, end)
        world.event(row, written, "created", source, course)
        if not by_hand and world.chance(0.3):
            world.event(row, written + 20_000, "published", source, course)


def noise(world: World, at: int) -> None:
    """Reading, pinging, Student View: what most of a log is."""
    teacher = world.dice.choice(world.teachers)
    client = world.browser(teacher)
    course = world.dice.choice(world.teaches[teacher])
    world.request(client, at, "GET", f"/courses/{course}", "courses#show", course=course)
    world.request(
        client, at + times.SECOND, "POST", f"/api/v1/courses/{course}/ping", "courses#ping",
        course=course,
    )  # fmt: skip
    if world.chance(0.2):
        student = Client(7000 + course, teacher, client.session_id, None, client.address)
        world.request(
            student, at + 5 * times.SECOND, "GET", f"/courses/{course}", "courses#show",
            course=course,
        )  # fmt: skip
