"""Every way in which a secret is spelt is masked, by one fingerprint, and nothing else is."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from dap import bring, every_row, jsonl, row, write
from hypothesis import example, given
from hypothesis import strategies as st

from logsleuth.ingest.run import import_paths
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
        ("https://ann:s3cr3t@x.example/a", "https://ann:{}@x.example/a"),
        ("to=https%3A%2F%2Fann%3As3cr3t%40x.example", "to=https%3A%2F%2Fann%3A{}%40x.example"),
        ("curl Authorization: Bearer s3cr3t", "curl Authorization: Bearer {}"),
        ("x Authorization: Basic s3cr3t", "x Authorization: Basic {}"),
        ('{"password": "s3cr3t", "page": 1}', '{"password": "{}", "page": 1}'),
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
        *("/images/thumbnails/12/abc", "/courses/1/users?search_term=password"),
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


def test_members_of_json_are_masked_by_their_names() -> None:
    masked = MASKER.mask_all(
        {"user": {"password": ["old", "new"], "name": "Ann"}, "token": SECRET, "n": 1, "code": "A"}
    )
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
        assert mask in f"{one.url} {one.user_agent} {json.dumps(one.extra, ensure_ascii=False)}"


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
