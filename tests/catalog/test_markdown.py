"""What people write becomes HTML that harms nobody."""

import re
import time

import pytest

from catalog.markdown import in_brief, render

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java&#115;cript:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](vbscript:x)",
    "<a href='javascript:alert(1)'>x</a>",
    "![x](https://spy.example/pixel.png)",
    "![<b onmouseover=alert(1)>](x)",
    "<iframe src='https://spy.example'></iframe>",
    "<style>body{display:none}</style>",
    "<form action='https://spy.example'><input name=password></form>",
    '[x](https://a.example "\\" onmouseover=\\"alert(1)")',
    "<p style='position:fixed'>x</p>",
    "<!-- <script> -->",
    "<math><mtext></mtext><mglyph><style><img src onerror=alert(1)>",
    "``` <script>alert(1)</script>",
]
ELEMENT = re.compile(r"<(\w+)((?:\s[^>]*)?)>")
HARMLESS = {
    *("p", "br", "hr", "em", "strong", "s", "code", "pre", "blockquote", "a"),
    *("ul", "ol", "li", "table", "thead", "tbody", "tr", "th", "td"),
}


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_hostile_is_left(text):
    for name, attributes in ELEMENT.findall(render(text)):
        assert name in HARMLESS
        names = set(re.findall(r"([\w-]+)=", re.sub('"[^"]*"', '""', attributes)))
        assert names <= {"href", "title", "rel", "start"}
        assert not re.search(r"href=\"(?!https?:|mailto:)", attributes)


def test_what_people_mean_is_kept():
    html = render(
        "# Orders\n\nAll *orders*, see [wiki](https://wiki.example/o).\n\n"
        "- one\n- two\n\n| a | b |\n|---|---|\n| 1 | ~~2~~ |\n\n```\nselect 1\n```"
    )

    assert "<p><strong>Orders</strong></p>" in html
    assert "<em>orders</em>" in html
    assert 'href="https://wiki.example/o"' in html
    assert 'rel="noopener noreferrer nofollow"' in html
    assert "<li>one</li>" in html
    assert "<td><s>2</s></td>" in html
    assert "<pre><code>select 1" in html


def test_a_picture_is_its_description():
    html = render("![the *flow* of data](https://spy.example/p.png)")

    assert "spy.example" not in html
    assert "flow" in html


def test_in_brief_it_is_plain_text_on_one_line():
    assert in_brief("# Orders\n\nAll *orders* & <b>more</b>") == (
        "Orders All orders & <b>more</b>"
    )


@pytest.mark.parametrize("text", ["> " * 20_000, "[" * 50_000, "*a " * 20_000])
def test_a_costly_text_takes_no_time(text):
    began = time.monotonic()
    render(text)

    assert time.monotonic() - began < 5
