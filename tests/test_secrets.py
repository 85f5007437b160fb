"""Every way in which a secret is spelt in a URL is masked, and nothing else is."""

import pytest

from logsleuth.sources.secrets import Masker

MASKER = Masker(b"key")
MASK = f"⟨masked {MASKER.fingerprint('s3cr3t')}⟩"


@pytest.mark.parametrize(
    "name",
    [
        "access_token",
        "access%5Ftoken",
        "accessToken",
        "access_token[]",
        "ACCESS_TOKEN",
        "user[password_confirmation]",
        "pseudonym_session[password]",
        "old_password",
        "ticket",
        "SAMLResponse",
        "csrf_token",
        "client_assertion",
        "verifier",
        "sig",
        "X-Amz-Signature",
    ],
)
def test_a_secret_is_masked_by_its_name(name: str) -> None:
    assert MASKER.mask(f"/a?page=1&{name}=s3cr3t&per_page=2") == (
        f"/a?page=1&{name}={MASK}&per_page=2"
    )


@pytest.mark.parametrize(
    "url",
    ["/a?tokens=5", "/a?page=2&include[]=email", "/signature/1", "/a?access_token=[FILTERED]"],
)
def test_what_is_no_secret_stays(url: str) -> None:
    assert MASKER.mask(url) == url
