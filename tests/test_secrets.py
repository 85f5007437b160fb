"""Every way in which a secret is spelt is masked, by one fingerprint, and nothing else is."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from dap import bring, every_row, jsonl, row, write
from hypothesis import example, given
from hypothesis import strategies as st

from logsleuth.ingest.run import Progress, import_paths
from logsleuth.sources.secret_rules import may_hold_secret
from logsleuth.sources.secrets import Masker
from logsleuth.store.cache import Cache

MASKER = Masker(b"key")
SECRET = "s3cr3t"
MASK = f"⟨masked {MASKER.fingerprint(SECRET)}⟩"

NAMES = [
    *("access_token", "accessToken", "access_token[]", "ACCESS_TOKEN", "a[access_token][]"),
    *("user[password_confirmation]", "pseudonym_session[password]", "old_password", "ticket"),
    *("SAMLResponse", "csrf_token", "client_assertion", "verifier", "sf_verifier", "sig"),
    *("X-Amz-Signature", "x-amz-security-token", "X-Goog-Signature", "session_id"),
    *("session_token", "code_verifier", "pairing_code", "otp_login[verification_code]"),
    *("access_code", "invitation", "id_token", "api_key", "oauth_signature"),
    *("pseudonym[self_enrollment_code]", "validation_token", "code_android", "verifier[]"),
]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("times", [0, 1, 2, 3])
def test_a_secret_is_masked_by_its_name_however_it_is_encoded(name: str, times: int) -> None:
    for spelt in (name, "".join(f"%{ord(char):02X}" for char in name)):
        parts = ["/a?page=1&", f"{spelt}=", SECRET, "&per_page=2"]
        for _ in range(times):
            parts = [quote(part, safe="") for part in parts]
        before, assignment, secret, after = parts
        assert MASKER.mask(f"/go?to={before}{assignment}{secret}{after}") == (
            f"/go?to={before}{assignment}{MASK}{after}"
        )


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("/x#access_token=s3cr3t&a=1", "/x#access_token={}&a=1"),
        ("/x?a=1;token=s3cr3t;b=2", "/x?a=1;token={};b=2"),
        ("/login/oauth2/callback?code=s3cr3t&state=1", "/login/oauth2/callback?code={}&state=1"),
        ("/api?grant_type=authorization_code&code=s3cr3t", None),
        ("/feeds/calendars/user_s3cr3t.ics", "/feeds/calendars/user_{}.ics"),
        ("/feeds/calendars/course_s3cr3t.ics?x=1", "/feeds/calendars/course_{}.ics?x=1"),
        ("/feeds/topics/12/enrollment_s3cr3t.rss", "/feeds/topics/12/enrollment_{}.rss"),
        ("/feeds/groups/group_membership_s3cr3t.atom", "/feeds/groups/group_membership_{}.atom"),
        ("/go?to=%2Ffeeds%2Fcalendars%2Fuser_s3cr3t.ics", None),
        ("/pseudonyms/7/change_password/s3cr3t?x", "/pseudonyms/7/change_password/{}?x"),
        ("/register/s3cr3t", "/register/{}"),
        ("/register/s%33cr3t?host=x", "/register/{}?host=x"),
        ("/enroll/s3cr3t", "/enroll/{}"),
        ("/go?to=%2Fenroll%2Fs3cr3t%3Fa", "/go?to=%2Fenroll%2F{}%3Fa"),
        ("\\/enroll\\/s3cr3t\\/", "\\/enroll\\/{}\\/"),
        ("/courses/1/self_enrollment/s3cr3t", "/courses/1/self_enrollment/{}"),
        ("/courses/1?invitation=s3cr3t#a", "/courses/1?invitation={}#a"),
        ("/groups/3/accept_invitation/s3cr3t", "/groups/3/accept_invitation/{}"),
        ("/images/thumbnails/12/s3cr3t", "/images/thumbnails/12/{}"),
        ("/images/thumbnails/show/12/s3cr3t?x", "/images/thumbnails/show/12/{}?x"),
        ("/users/1/files/2/download?verifier=s3cr3t&wrap=1", None),
        ("/api/v1/files/7~12/s3cr3t/status", "/api/v1/files/7~12/{}/status"),
        ("/api/v1/files/12/create_success?on=1&uuid=s3cr3t", None),
        ("https://ann:s3cr3t@x.example/a", "https://ann:{}@x.example/a"),
        ("to=https%3A%2F%2Fann%3As3cr3t%40x.example", "to=https%3A%2F%2Fann%3A{}%40x.example"),
        ("curl Authorization: Bearer s3cr3t", "curl Authorization: Bearer {}"),
        ("x Authorization: Basic s3cr3t", "x Authorization: Basic {}"),
        ('{"password": "s3cr3t", "page": 1}', '{"password": "{}", "page": 1}'),
        ('{"session_id": "9f3a", "pwd": "s3cr3t"', '{"session_id": "9f3a", "pwd": "{}"'),
        ('{\\"token\\":\\"s3cr3t\\"}', '{\\"token\\":\\"{}\\"}'),
        ("q=%7B%22token%22%3A%22s3cr3t%22%7D", "q=%7B%22token%22%3A%22{}%22%7D"),
        ('"/x?a\\u003d1\\u0026token\\u003ds3cr3t\\u0026b"', None),
        ("/x?sig=s%33cr3t", "/x?sig={}"),
        ("/x?sig=s%2533cr3t&a", "/x?sig={}&a"),
    ],
)  # fmt: skip
def test_a_secret_has_one_mask_wherever_it_stands(text: str, masked: str | None) -> None:
    found = MASKER.mask(text)
    assert found == (masked or text.replace(SECRET, "{}")).replace("{}", MASK)
    assert MASKER.mask(found) == found


CANVAS_TOKEN = "7~" + "aB3dEf" * 10
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMDEifQ.c2lnbmF0dXJl"


@pytest.mark.parametrize("token", [CANVAS_TOKEN, JWT])
@pytest.mark.parametrize("text", ["{}", "/go/{}/x", "my-script/1.0 ({})", "/x?as={}&b", "a {} b"])
def test_a_token_is_known_by_its_form(token: str, text: str) -> None:
    mask = f"⟨masked {MASKER.fingerprint(token)}⟩"
    assert MASKER.mask(text.format(token)) == text.format(mask)
    assert MASKER.mask(f"/x?access_token={quote(token)}") == f"/x?access_token={mask}"
    assert MASKER.fingerprint(quote(token, safe="").replace("~", "%7E")) in mask


@pytest.mark.parametrize(
    "text",
    [
        *("/a?tokens=5", "/a?page=2&include[]=email", "/signature/1", "/a?access_token="),
        *("/a?access_token=[FILTERED]", "/a?access_token=%5BFILTERED%5D", "/a?next_page_token=9"),
        *("/courses?code=BIO101", "/courses/1?course_code=BIO", "/api/v1/users/7~123/courses"),
        *("/feeds/calendars/course_12.ics", "/feeds/eportfolios/7.atom", "/feeds/"),
        *("/images/thumbnails/12", "/images/thumbnails/", "/courses/1/users?search_term=password"),
        *("/courses/1/enroll_users", "/api/v1/courses/1/enrollments/55", "/enroll", "/enroll/"),
        *(
            "/courses/1/self_enrollment",
            "/courses/1/self_enrollment/",
            "/courses/1/files/12/status",
        ),
        *("/api/v1/files/12/public_url", "/files/12/download", "/api/v1/files/12?uuid=9f3a-1"),
        *("/api/v1/courses/1/enrollments?state[]=invited", "/users/self/files/1/preview"),
        *("/accounts/1/register_from_website", "/groups/3/accept_invitation", "/calendar?view=a"),
        *("/courses/1/quizzes/2/take?module_item_id=3", "/login/session_token", "/profile/tokens"),
        *("/courses/1/assignments?sigma=1&design=2", "mailto:ann@x.example", "POST", "2001:db8::1"),
        *("/api/v1/page_views/9f3a2c01-0000-4000-8000-000000000001", "sis_user_id:A~1b2"),
        *("9f3a2c01-0000-4000-8000-000000000001", "quizzes/quiz_submissions", "UserProfile"),
        *("https://x.example:8080/a@b", "the bearer of news", "/a?time=10:30@noon", "eyJ"),
        *("/api/v1/courses/sis_course_id:A~1", "/a?sort=desc&state=3", "/session_id/4"),
        *('{"title": "token: how to"}', "Mozilla/5.0 (X11; rv:1=2)", "%3D%3D=", "=", "=&=", "a=b"),
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert MASKER.mask(text) == text


SIGNS = st.sampled_from(
    [*'?&;#=%/\\" []x@~', "token", "password", "%3D", "%2526", "\\u003d", "://", "user_", "feeds"]
)


@given(st.text() | st.lists(SIGNS).map("".join))
@example("token=" * 50)
@example("/feeds/a/" + "user_" * 40)
def test_masking_twice_is_masking_once(text: str) -> None:
    once = MASKER.mask(text)
    assert MASKER.mask(once) == once


@given(st.text(st.sampled_from("abcXYZ019.-_~+/"), min_size=1, max_size=30))
def test_no_letter_of_a_secret_is_left(secret: str) -> None:
    mask = f"⟨masked {MASKER.fingerprint(secret)}⟩"
    assert MASKER.mask(f"/a?token={secret}&b=1") == f"/a?token={mask}&b=1"
    spelt = quote(quote(secret, safe=""), safe="")
    assert (
        MASKER.mask(f"/a?to=%253Ftoken%253D{spelt}%2526b") == f"/a?to=%253Ftoken%253D{mask}%2526b"
    )


@given(
    st.text() | st.lists(SIGNS).map("".join),
    st.sampled_from(
        ["/x?{}=s3cr3t", '{{"{}": "s3cr3t"}}', "%2F{}%253Ds3cr3t", "/x?%5B{}%5D=s3cr3t"]
    ),
    st.sampled_from(["token", "Pass-Word", "sig[]", "%74oken", "a.p%77d"]),
)
def test_nothing_before_a_secret_makes_the_quick_look_miss_it(
    before: str, form: str, name: str
) -> None:
    secret = form.format(name)
    if MASKER.mask(secret) != secret:
        assert may_hold_secret(f"{before}\n{secret}\n{before}")


@pytest.mark.slow
@pytest.mark.parametrize(
    "piece",
    [
        *("eyJ", "eyJaaaaaaaaa.", "bearer+", "authorization ", "\\", "code=", '"token"', "://a:"),
        *("%25", "%3a%2f%2f", "/feeds/a/", "/files/1/a", "7~a", "\\u003d", "token%253d", "@"),
    ],
)
def test_no_text_takes_the_square_of_its_length(piece: str) -> None:
    """A line may have 8 MB: it would be at it for hours, and with these for minutes."""
    bait = "password=eyj a authorization bearer @ feeds ~ /status thumbnails/ enroll/ "
    text = bait + piece * (200_000 // len(piece))
    assert MASKER.mask(text).startswith("password=⟨masked ")


def test_members_of_json_are_masked_by_their_names() -> None:
    masked = MASKER.mask_all(
        {"user": {"password": ["old", "new"], "name": "Ann"}, "token": SECRET, "n": 1, "code": "A"}
    )
    assert MASKER.mask_all({"access_code": 4711, "a": [4711]}) == {
        "access_code": f"⟨masked {MASKER.fingerprint('4711')}⟩",
        "a": [4711],
    }
    broken = '{"access_code": 4711, "page": 2'
    assert "4711" not in MASKER.mask(broken)
    assert '"page": 2' in MASKER.mask(broken)
    assert masked["token"] == MASK
    assert all(one.startswith("⟨masked ") for one in masked["user"]["password"])
    assert (masked["user"]["name"], masked["n"], masked["code"]) == ("Ann", 1, "A")


# Through an import


CANARY = "CANARY4f9d2c"


def places(mark: str) -> list[dict[str, Any]]:
    """Rows with a secret at every place that a client writes."""
    values: list[dict[str, Any]] = [
        {"url": f"/feeds/calendars/user_{mark}.ics"},
        {"url": f"/login/oauth2/callback?code={mark}"},
        {"url": f"/x?next=%252Fa%253Fsession_token%253D{mark}"},
        {"url": f"/x?%74oken={mark}"},
        {"url": "/", "user_agent": f"script/1.0 access_token={mark}"},
        {"url": "/", "user_agent": f"Authorization: Bearer {mark}"},
        {"url": "/", "referer": f"https://x.example/?X-Amz-Signature={mark}"},
        {"url": "/", "headers": {"referer": [f"https://a:{mark}@x.example/"]}},
        {"url": "/", "request_body": json.dumps({"password": mark})},
        {"url": "/", "params": {"client_secret": mark}},
        {"url": "/", "course_id": f"?sig={mark}"},
        {"url": f"/courses/1?invitation={mark}"},
        {"url": f"/enroll/{mark}"},
        {"url": f"/images/thumbnails/1/{mark}"},
        {"url": "/", "headers": [[[[{"x": {"y": [f"?sig={mark}"]}}]]]]},
        *(
            {"url": "/", name: f"?access_token={mark}"}
            for name in (
                *("http_method", "http_version", "remote_ip", "session_id"),
                *("web_application_controller", "web_application_action"),
                "web_application_context_type",
            )
        ),
    ]
    return [row(f"r{place}", **value) for place, value in enumerate(values)]


def test_every_place_is_masked_and_flagged_and_keeps_the_hash_of_its_line(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    good = places(CANARY)
    bad = [{**one, "value": {**one["value"], "timestamp": "?"}} for one in good]
    report = bring(
        cache, jsonl(good) + jsonl(bad), jsonl(good[:4], ensure_ascii=False, indent=None)
    )
    assert report.files[0].rejected == len(bad)
    for path in cache.rglob("*"):
        if path.is_file():
            assert CANARY.encode() not in path.read_bytes(), path.name
    found = every_row(cache)
    assert len(found) == len(good)
    assert all(one.masked and one.line_sha256 for one in found)
    opened = Cache.open(cache)
    try:
        assert all(reject.masked and reject.sha256 for reject in opened.catalogue.rejects())
        key = bytes.fromhex(opened.catalogue.meta("mask_key") or "")
    finally:
        opened.close()
    mask = f"⟨masked {Masker(key).fingerprint(CANARY)}⟩"
    for one in found:
        assert mask in json.dumps([one.as_json(), one.extra], ensure_ascii=False)


def test_what_waits_to_be_merged_is_masked(tmp_path: Path) -> None:
    """Killed at that moment, an import leaves it on the disk."""
    cache = tmp_path / "cache"
    looked = []

    def look(progress: Progress) -> None:
        if progress.step == "building":
            files = [one for one in cache.rglob("*") if one.is_file()]
            looked.append(len(files))
            assert not [one for one in files if CANARY.encode() in one.read_bytes()]

    path = write(tmp_path / "log.jsonl", jsonl(places(CANARY)))
    import_paths(cache, [path], progress=look)
    assert looked


def test_a_rejected_line_keeps_what_is_no_secret(tmp_path: Path) -> None:
    """Its session above all: tried again, the line goes in as it was sent."""
    session = "9f3a2c01-0000-4000-8000-000000000001"
    bad = row("r", url="/courses/1?page=2", session_id=session, user_id=7)
    bad["value"]["timestamp"] = "?"
    cache = tmp_path / "cache"
    bring(cache, jsonl([row("good", url="/"), bad]))
    opened = Cache.open(cache)
    try:
        (reject,) = opened.catalogue.rejects()
    finally:
        opened.close()
    assert not reject.masked
    assert session.encode() in reject.raw
    odd = row("odd", url="/", session_id=["9f3a"])
    bring(cache, jsonl([odd]))
    assert [one.extra for one in every_row(cache) if one.id == "odd"] == [{"session_id": ["9f3a"]}]


def test_names_logins_and_names_of_files_are_masked(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    marked = f"Ann ?access_token={CANARY}"
    given = {
        "users": {"key": {"id": 1}, "value": {"name": marked}},
        "pseudonyms": {"key": {"id": 2}, "value": {"user_id": 1, "unique_id": marked}},
        "courses": {
            "key": {"id": 3},
            "value": {"name": "Biology", "course_code": marked, "sis_source_id": marked},
        },
    }
    for table, one in given.items():
        path = write(tmp_path / f"{table}.jsonl?X-Amz-Signature={CANARY}.jsonl", jsonl([one]))
        report = import_paths(cache, [path], kind=table)
        assert (report.files[0].added, report.files[0].error) == (1, None)
    for one in cache.rglob("*"):
        if one.is_file():
            assert CANARY.encode() not in one.read_bytes(), one.name


def test_secrets_in_event_data_are_masked_with_the_hash_of_the_event(tmp_path: Path) -> None:
    event = {
        "id": "e",
        "created_at": "2026-10-01T00:00:00Z",
        "event_data": {
            "password": ["", CANARY],
            "syllabus_body": ["", f"/feeds/calendars/user_{CANARY}.ics"],
        },
        "links": {"course": 1},
    }
    path = write(
        tmp_path / "a.json", json.dumps({"events": [event, {**event, "id": None}]}).encode()
    )
    cache = tmp_path / "cache"
    for _ in range(2):
        report = import_paths(cache, [path])
    assert report.as_json()["unchanged"] == 1
    for one in cache.rglob("*"):
        if one.is_file():
            assert CANARY.encode() not in one.read_bytes(), one.name
            if one.name == "catalogue.db":
                assert b'"line_sha256": "' in one.read_bytes()
