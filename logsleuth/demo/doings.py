"""What students and teachers do in a course, page by page."""

from logsleuth.demo.campus import Course
from logsleuth.demo.visit import Visit


def _look_modules(visit: Visit, course: Course) -> None:
    visit.page(f"/courses/{course.id}/modules", "context_modules", "index", course=course.id)
    if visit.rng.random() < 0.5:
        item = course.file(visit.rng.randrange(20)) + 100_000
        visit.send(
            "GET",
            f"/courses/{course.id}/modules/items/{item}",
            "context_modules",
            "item_redirect",
            status=302,
            course=course.id,
        )


def _look_assignment(visit: Visit, course: Course) -> None:
    number = course.assignment(visit.rng.randrange(10))
    base = f"/courses/{course.id}/assignments/{number}"
    visit.page(base, "assignments", "show", course=course.id, assignment=number)
    if visit.rng.random() < 0.25:
        visit.wait(60, 600)
        visit.send(
            "POST",
            f"{base}/submissions",
            "submissions",
            "create",
            status=302,
            course=course.id,
            assignment=number,
            participated=True,
        )
        visit.send("GET", base, "assignments", "show", course=course.id, assignment=number)


def _look_file(visit: Visit, course: Course) -> None:
    number = course.file(visit.rng.randrange(20))
    visit.page(f"/courses/{course.id}/files/{number}", "files", "show", course=course.id)
    visit.send(
        "GET",
        f"/courses/{course.id}/files/{number}/download?download_frd=1",
        "files",
        "show",
        status=302,
        course=course.id,
    )


def _look_discussion(visit: Visit, course: Course) -> None:
    number = course.discussion(visit.rng.randrange(5))
    base = f"/courses/{course.id}/discussion_topics/{number}"
    visit.page(base, "discussion_topics", "show", course=course.id, discussion=number)
    visit.send(
        "GET",
        f"/api/v1{base}/view",
        "discussion_topics_api",
        "view",
        course=course.id,
        discussion=number,
    )
    if visit.rng.random() < 0.3:
        visit.wait(40, 400)
        visit.send(
            "POST",
            f"/api/v1{base}/entries",
            "discussion_topics_api",
            "add_entry",
            status=201,
            course=course.id,
            discussion=number,
            participated=True,
        )


def _look_grades(visit: Visit, course: Course) -> None:
    visit.page(f"/courses/{course.id}/grades", "gradebooks", "grade_summary", course=course.id)


def _look_page(visit: Visit, course: Course) -> None:
    week = 1 + visit.rng.randrange(12)
    visit.page(f"/courses/{course.id}/pages/week-{week}", "wiki_pages", "show", course=course.id)


LOOKS = (
    (_look_modules, _look_assignment, _look_file, _look_discussion, _look_grades, _look_page),
    (30, 26, 14, 12, 12, 16),
)
"""What a student looks at, and how often each."""


def write_message(visit: Visit) -> None:
    """Look somebody up and write to them."""
    visit.page("/conversations", "conversations", "index")
    visit.send("GET", "/search/recipients?search=exa", "search", "recipients")
    visit.wait(30, 200)
    visit.send(
        "POST",
        "/api/v1/conversations",
        "conversations",
        "create",
        status=201,
        conversation=66_000 + visit.rng.randrange(5000),
    )


def _grade(visit: Visit, course: Course) -> None:
    visit.page(f"/courses/{course.id}/gradebook", "gradebooks", "show", course=course.id)
    number = course.assignment(visit.rng.randrange(10))
    for student in visit.rng.sample(course.students, k=min(len(course.students), 4)):
        visit.wait(5, 60)
        if visit.rng.random() < 0.5:
            visit.send(
                "POST",
                f"/courses/{course.id}/gradebook/update_submission",
                "gradebooks",
                "update_submission",
                course=course.id,
                assignment=number,
            )
        else:
            visit.send(
                "PUT",
                f"/api/v1/courses/{course.id}/assignments/{number}/submissions/{student}",
                "submissions_api",
                "update",
                course=course.id,
                assignment=number,
            )


def _speed_grader(visit: Visit, course: Course) -> None:
    number = course.assignment(visit.rng.randrange(10))
    student = visit.rng.choice(course.students)
    visit.page(
        f"/courses/{course.id}/gradebook/speed_grader?assignment_id={number}&student_id={student}",
        "gradebooks",
        "speed_grader",
        course=course.id,
        assignment=number,
    )


def _edit_page(visit: Visit, course: Course) -> None:
    week = 1 + visit.rng.randrange(12)
    visit.page(
        f"/courses/{course.id}/pages/week-{week}/edit", "wiki_pages", "edit", course=course.id
    )
    visit.wait(60, 500)
    visit.send(
        "PUT",
        f"/api/v1/courses/{course.id}/pages/week-{week}",
        "wiki_pages_api",
        "update",
        course=course.id,
    )


def _roster(visit: Visit, course: Course) -> None:
    visit.page(f"/courses/{course.id}/users", "context", "roster", course=course.id)
    visit.send(
        "GET",
        f"/api/v1/courses/{course.id}/users?include[]=avatar_url&per_page=50",
        "courses",
        "users",
        course=course.id,
    )


def student_view(visit: Visit, course: Course) -> None:
    """Look at the course as its Test Student sees it, and come back."""
    path = f"/courses/{course.id}/student_view"
    visit.send("POST", path, "courses", "student_view", status=302, course=course.id)
    teacher, visit.client = visit.client, visit.client.acting_as(course.test_student)
    visit.page(f"/courses/{course.id}", "courses", "show", course=course.id)
    _look_modules(visit, course)
    visit.send("DELETE", path, "courses", "leave_student_view", status=302, course=course.id)
    visit.client = teacher


LESSONS = ((_grade, _speed_grader, _edit_page, _roster, student_view), (34, 24, 20, 14, 3))
"""What a teacher does, and how often each."""
