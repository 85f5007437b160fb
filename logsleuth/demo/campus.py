"""A made-up university: its people, courses, keys, devices and addresses.

Nobody and nothing here exists.  Addresses are from the ranges kept for documentation:
192.0.2.0/24 is the campus, 198.51.100.0/24 are homes, 203.0.113.0/24 is elsewhere, and
2001:db8::/32 are homes that have IPv6.
"""

from dataclasses import dataclass, field
from functools import cached_property

ZONE = "America/Denver"

CAMPUS_NAT = "192.0.2.10"
"""The campus network's way out: every student who is on campus comes from here."""

LIBRARY_NAT = "192.0.2.11"

KEY_MANUAL = 10_000_000_000_003
KEY_IPHONE = 10_000_000_000_009
KEY_ANDROID = 10_000_000_000_010
KEY_ROSTERS = 71
KEY_SIS = 72
KEY_ADVISING = 73

KEYS = {
    KEY_MANUAL: "User-Generated",
    KEY_IPHONE: "Canvas for iOS",
    KEY_ANDROID: "Canvas for Android",
    KEY_ROSTERS: "Roster Mirror (made up)",
    KEY_SIS: "SIS Bridge (made up)",
    KEY_ADVISING: "Advising Dashboard (made up)",
}

BROWSERS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/141.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/18.6 Safari/605.1.15",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/141.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:143.0) Gecko/20100101 Firefox/143.0",
    "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/140.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/141.0.0.0 Safari/537.36 Edg/141.0.0.0",
)
FIREFOX_ON_LINUX = "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0"
IPHONE = "iCanvas/8.4.1 (2210) iPhone15,2 (iOS 18.6)"
ANDROID = "candroid/8.6.0 (291) (Pixel 8; Android 16)"
SCRIPT = "python-requests/2.32.5"
CURL = "curl/8.14.1"


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_FIRST_NAMES = _words(
    "Ada Alex Amal Ana Ari Bela Bo Cam Chen Cleo Dana Dara Eli Emre Eva Fay Femi Gale Gita "
    "Hana Hugo Ida Ines Ira Jan Jo Juno Kai Kim Lena Leo Lin Lou Mai Max Mika Mina Nadia Nia "
    "Noa Nour Ola Omar Pat Pia Priya Quinn Ravi Remy Rosa Sam Sasha Sol Tam Tara Tess Uma Val "
    "Wren Xia Yael Yuri Zara Zoe"
)
_SURNAMES = _words(
    "Example Sample Specimen Testcase Placeholder Fictional Madeup Invented Notreal Pretend "
    "Imaginary Mockford Dummington Sampleton Demoski Loremova Ipsumson Foobarez Quxley Bazquist "
    "Nonesuch Anybody Someone Whoever Nobody Trialova Fakenham Stubfield Protoname Mustermann "
    "Perusnimi Ejemplo Esempio Exemple Voorbeeld"
)
_SUBJECTS = _words(
    "Biology Chemistry Physics Mathematics Statistics History Philosophy Economics Psychology "
    "Sociology Music Art Geology Nursing Accounting Marketing Computing Literature Linguistics "
    "Astronomy"
)
_LEVELS = (101, 110, 201, 210, 220, 301, 310)
ACCOUNTS = (1, 2, 3, 4, 5)
"""The root account and its four sub-accounts."""


@dataclass(frozen=True, slots=True)
class Person:
    """An account: ``role`` is student, teacher, assistant, admin, service or test_student."""

    id: int
    name: str
    login: str
    sis_id: str | None
    role: str

    @property
    def home(self) -> str:
        """The address of this person's home; some households share one."""
        if self.id % 9 < 4:
            return f"2001:db8:{0x1000 + self.id:x}::{1 + self.id % 4095:x}"
        return f"198.51.100.{1 + self.id * 7 % 219}"

    @property
    def office(self) -> str:
        """The address of a desk on campus; students have only the campus network."""
        if self.role == "student":
            return LIBRARY_NAT if self.id % 6 == 0 else CAMPUS_NAT
        return f"192.0.2.{32 + self.id % 200}"

    @property
    def browser(self) -> str:
        return BROWSERS[self.id * 5 % len(BROWSERS)]

    @property
    def phone(self) -> tuple[str, int]:
        """What the phone app calls itself, and its developer key."""
        return (IPHONE, KEY_IPHONE) if self.id % 5 < 3 else (ANDROID, KEY_ANDROID)


@dataclass(frozen=True, slots=True)
class Course:
    """A course; its quizzes, assignments and so on have ids that follow from its own."""

    id: int
    name: str
    code: str
    account_id: int
    teacher: int
    assistant: int
    students: tuple[int, ...] = ()

    @property
    def test_student(self) -> int:
        return 90_000 + self.id

    def assignment(self, number: int) -> int:
        return self.id * 10 + number % 10

    def quiz(self, number: int) -> int:
        return 800_000 + self.id * 4 + number % 4

    def discussion(self, number: int) -> int:
        return 300_000 + self.id * 5 + number % 5

    def file(self, number: int) -> int:
        return 600_000 + self.id * 20 + number % 20


@dataclass(frozen=True)
class Campus:
    """The whole university; ``spare`` courses are made by imports, copies and teachers."""

    people: dict[int, Person]
    courses: dict[int, Course]
    spare: dict[int, Course] = field(default_factory=dict)

    @cached_property
    def by_role(self) -> dict[str, tuple[Person, ...]]:
        found: dict[str, list[Person]] = {}
        for person in self.people.values():
            found.setdefault(person.role, []).append(person)
        return {role: tuple(people) for role, people in found.items()}

    @cached_property
    def courses_of(self) -> dict[int, tuple[Course, ...]]:
        """The courses that a student, teacher or assistant has."""
        found: dict[int, list[Course]] = {}
        for course in self.courses.values():
            for number in (course.teacher, course.assistant, *course.students):
                found.setdefault(number, []).append(course)
        return {number: tuple(courses) for number, courses in found.items()}


def build_campus() -> Campus:
    """The university, always the same."""
    people = [
        Person(405, "SIS Bridge (service)", "svc-sis-bridge", None, "service"),
        Person(406, "Roster Mirror (service)", "svc-roster-mirror", None, "service"),
        Person(407, "Advising Dashboard (service)", "svc-advising", None, "service"),
    ]
    for role, first, count in (
        ("admin", 101, 8),
        ("teacher", 201, 70),
        ("assistant", 271, 20),
        ("student", 1001, 1600),
    ):
        people += [_person(number, role) for number in range(first, first + count)]
    courses = {}
    students: dict[int, list[int]] = {}
    total = len(_SUBJECTS) * len(_LEVELS)
    for number in range(1600):
        for choice in range(4):
            students.setdefault((number * 9 + choice * 31) % total, []).append(1001 + number)
    for index in range(total):
        subject = _SUBJECTS[index % len(_SUBJECTS)]
        level = _LEVELS[index // len(_SUBJECTS)]
        courses[5001 + index] = Course(
            5001 + index,
            f"{subject} {level}",
            f"{subject[:4].upper()}{level}",
            2 + index % len(_SUBJECTS) % 4,
            202 + index % 69,
            271 + index % 20,
            tuple(students[index]),
        )
    people += [
        Person(course.test_student, "Test Student", f"test-{course.id}", None, "test_student")
        for course in courses.values()
    ]
    spare = {
        number: Course(
            number,
            f"{_SUBJECTS[number % len(_SUBJECTS)]} workshop {number - 6000}",
            f"WORK{number - 6000}",
            2 + number % 4,
            202 + number % 69,
            271 + number % 20,
        )
        for number in range(6001, 6161)
    }
    return Campus({person.id: person for person in people}, courses, spare)


def _person(number: int, role: str) -> Person:
    """A person whose name follows from the id: 64 x 35 names, so no two are alike."""
    first = _FIRST_NAMES[number % len(_FIRST_NAMES)]
    last = _SURNAMES[number // len(_FIRST_NAMES) % len(_SURNAMES)]
    if role != "student":
        last = _SURNAMES[number * 11 % len(_SURNAMES)]
    return Person(
        number, f"{first} {last}", f"{first}.{last}{number}".lower(), f"P{number:06d}", role
    )
