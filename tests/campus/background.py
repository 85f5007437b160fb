"""Changes written by jobs: SIS imports, copies, batch updates, blueprint syncs."""

from campus.world import Client, World
from logsleuth.model.weblog import WebLog


def polls(world: World, client: Client, start: int, stop: int, url: str, route: str) -> None:
    """Ask every few seconds until the job is done; some give up before."""
    pace = world.dice.choice([2, 5, 10, 30, 60])
    at = start + world.between(1, pace + 1)
    give_up = stop + world.between(0, pace) if world.chance(0.85) else (start + stop) // 2
    count = 0
    while at < give_up and count < 60:
        world.request(client, at, "GET", url, route)
        at += world.between(pace, pace * 1.2)
        count += 1
    if give_up >= stop:
        world.request(client, max(at, stop + world.between(0, pace)), "GET", url, route)


def imports(world: World, at: int) -> None:
    """One SIS import, or two or three uploads at nearly the same time."""
    user = world.dice.choice([405, 406])
    count = world.dice.choices([1, 2, 3], [70, 22, 8])[0]
    free = at
    for _ in range(count):
        client = world.token(user, host=world.dice.choice([9, 9, 10]))
        upload, _, end = world.request(
            client, at, "POST", "/api/v1/accounts/1/sis_imports.json?import_type=instructure_csv",
            "sis_imports_api#create",
        )  # fmt: skip
        batch = world.new_number()
        begin = max(free, end) + world.between(1, 30)
        stop = begin + world.between(5, 900)
        free = stop  # imports of an account queue behind each other
        for _ in range(world.dice.randint(2, 25)):
            kind = world.dice.choice(["created", "updated", "updated", "published", "deleted"])
            course = world.new_course() if kind == "created" else world.dice.choice(world.courses)
            moment = world.dice.randint(begin, stop)
            world.event(upload, moment, kind, "sis", course, "async", sis_batch_id=batch)
        if world.chance(0.75):
            polls(
                world, client, end, stop, f"/api/v1/accounts/1/sis_imports/{batch}",
                "sis_imports_api#show",
            )  # fmt: skip
        if world.chance(0.2):
            watcher = world.browser(world.dice.choice(world.admins))
            world.request(
                watcher, stop, "GET", f"/api/v1/accounts/1/sis_imports/{batch}",
                "sis_imports_api#show",
            )  # fmt: skip
        at += world.between(0.5, 200)
    if world.chance(0.1):
        world.request(
            world.token(user, host=9), at, "POST", "/api/v1/accounts/1/sis_imports.json",
            "sis_imports_api#create", status=400,
        )  # fmt: skip


def batch(world: World, at: int) -> None:
    """Many courses published, concluded or deleted by one request."""
    owner = world.dice.choice(world.admins)
    client = world.token(owner, host=5) if world.chance(0.5) else world.browser(owner)
    kinds = world.dice.choice(
        [("published",), ("published", "unconcluded"), ("concluded",), ("deleted",), ("restored",)]
    )
    row, _, end = world.request(
        client, at, "PUT", "/api/v1/accounts/1/courses", "courses#batch_update"
    )
    moment = end + world.between(0.5, 20)
    for course in world.dice.sample(world.courses, world.dice.randint(1, 30)):
        world.event(row, moment, world.dice.choice(kinds), "api", course, "async")
        moment += world.between(0.05, 0.6)
    if world.chance(0.8):
        number = world.new_number()
        polls(world, client, end, moment, f"/api/v1/progress/{number}", "progress#show")


def copy(world: World, at: int) -> None:
    """A course copied: by the web page, by a migration from page or script."""
    teacher = world.dice.choice(world.teachers)
    source = world.dice.choice(world.teaches[teacher])
    way = world.dice.choice(["copy_course", "api", "api_in_app"])
    client = world.token(teacher) if way == "api" else world.browser(teacher)
    repeats = 2 if world.chance(0.12) else 1
    target = world.new_course()
    for _ in range(repeats):
        if way == "copy_course":
            target = world.new_course()
            url, route = f"/courses/{source}/copy", "courses#copy_course"
            named, event_source, status = source, "manual", 302
        else:
            url = f"/api/v1/courses/{target}/content_migrations"
            route, named, event_source, status = "content_migrations#create", target, way, 200
        if world.chance(0.08):
            world.request(
                client, at - world.between(1, 20), "POST", url, route, course=named, status=403
            )
        row, _, end = world.request(client, at, "POST", url, route, course=named, status=status)
        done = end + world.between(6, 1500)
        _copied(world, row, done, event_source, source, target)
        number = world.new_number()
        if world.chance(0.45):
            polls(
                world, client, end, done,
                f"/api/v1/courses/{target}/content_migrations/{number}", "content_migrations#show",
            )  # fmt: skip
        elif world.chance(0.6):
            polls(world, client, end, done, f"/api/v1/progress/{number}", "progress#show")
        at += world.between(2, 2000)


def _copied(
    world: World, row: WebLog, done: int, event_source: str, source: int, target: int
) -> None:
    world.event(row, done, "copied_from", event_source, target, "async", copied_from=source)
    world.event(row, done + 10_000, "copied_to", event_source, source, "async", copied_to=target)


def blueprint(world: World, at: int) -> None:
    """A blueprint synced to its courses, publishing them."""
    teacher = world.dice.choice(world.teachers)
    client = world.browser(teacher)
    master = world.dice.choice(world.courses)
    base = f"/api/v1/courses/{master}/blueprint_templates/default/migrations"
    row, _, end = world.request(
        client, at, "POST", base, "master_courses/master_templates#queue_migration", course=master
    )
    done = end + world.between(10, 900)
    for course in world.dice.sample(world.courses, world.dice.randint(1, 8)):
        world.event(row, done, "published", "blueprint_sync", course, "async")
        done += world.between(0.1, 3)
    if world.chance(0.7):
        polls(
            world, client, end, done, f"{base}/{world.new_number()}",
            "master_courses/master_templates#migrations_show",
        )  # fmt: skip
