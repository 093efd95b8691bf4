"""Only the scripts that are written down can run within a page."""

import pytest

from book.errors import BookError
from book.site import policy

KNOWN = 'var target=document.getElementById("known")'
SCOPED = '__md_scope=new URL("{}",location),__md_get=1'
PAGE = '<html><head>\n      <meta charset="utf-8"></head><body>{}</body></html>'


@pytest.fixture(autouse=True)
def written_down(monkeypatch):
    known = {text: policy.digest(text).strip("'") for text in (KNOWN, SCOPED.format(""))}
    monkeypatch.setattr(policy, "WITHIN", known)


def applied(site, *scripts, name="index.html"):
    """The policy of a page with these scripts, and the one for a host."""
    body = "".join(f"<script>{script}</script>" for script in scripts)
    (site / name).write_text(PAGE.format(body), encoding="utf-8")
    policy.apply(site)
    return (site / name).read_text("utf-8"), (site / "_headers").read_text("utf-8")


@pytest.mark.parametrize("root", [".", "..", "../..", "/", "/backprop/", "/a-b/c_1.d/"])
def test_a_known_script_may_run_wherever_the_site_stands(tmp_path, root):
    scoped = SCOPED.format(root)
    for said in applied(tmp_path, KNOWN, scoped):
        allowed = f"script-src 'self' {' '.join(sorted(map(policy.digest, (KNOWN, scoped))))};"
        assert allowed in said


@pytest.mark.parametrize(
    "script",
    [
        KNOWN + ";",
        KNOWN.replace("known", "other"),
        SCOPED.format('.",location);alert("'),
        SCOPED.format("https://elsewhere.example/"),
        SCOPED.format(".") + ";alert(1)",
        "",
    ],
)
def test_a_page_with_another_script_is_not_published(tmp_path, script):
    with pytest.raises(BookError) as refused:
        applied(tmp_path, KNOWN, script, name="other.html")
    said = str(refused.value)
    assert "other.html holds a script that is not written down" in said
    assert policy.digest(policy._ROOT.sub("", script)).strip("'") in said
    assert not (tmp_path / "_headers").exists()


def test_data_within_a_page_and_the_sites_own_files_need_no_digest(tmp_path):
    (tmp_path / "index.html").write_text(
        PAGE.format('<script type="application/json">{}</script><script src="a.js"></script>')
    )
    policy.apply(tmp_path)
    assert "script-src 'self';" in (tmp_path / "index.html").read_text("utf-8")
