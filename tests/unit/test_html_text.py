"""HTML as text: what a browser shows, no word lost, in a time that grows with the length."""

import re
import time
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from navette.catalogue.exports import EXPORTS
from navette.core.html_text import html_text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("", ""),
        ('a<br class="x">b<br  />c<BR/>d', "a\nb\nc\nd"),
        ("<p>a</p ><p>b</p>", "a\n\nb"),
        ("<div>a</div><div>b</div>", "a\nb"),
        ("<div><div><div>a</div></div></div><div>b</div>", "a\nb"),
        ("<h1>a</h1>b", "a\nb"),
        ("<ul>\n  <li>a</li>\n  <li>b</li>\n</ul>", "a\nb"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td><td>d</td></tr></table>", "a\tb\nc\td"),
        ("<table><thead><tr><th>a<tbody><tr><td>b</table>", "a\nb"),
        ("<style>p {}</style><title>t</title>a<script>'<p>'</script><!-- <p> -->b", "ab"),
        ("&eacute;&mdash;&nbsp;&hellip;&NotEqualTilde;", "é—\xa0…≂̸"),
        ("&copy 2025 &notit; &amp;lt;", "© 2025 ¬it; &lt;"),
        ("&#233;&#xE9;&#150;&#128;&#1234567;&#xD800;", "éé–€\ufffd\ufffd"),
        ("5 < 6 and 7 > 2", "5 < 6 and 7 > 2"),
        ("a\r\nb\rc\td", "a b c d"),
        ("<pre>a  b\r\n  c</pre>d", "a  b\n  c\nd"),
        ('<span style="white-space: pre-wrap">a  b</span>', "a  b"),
        ('<div style="display:none">a</div><span hidden>b</span>c', "c"),
        ('<span style="display:block">a</span>b', "a\nb"),
        ("<a title=\"5 > 4\" href='x>y'>link</a>", "link"),
        ("<b>never <i>closed", "never closed"),
        ("<![CDATA[a]]>b<?xml?>c", "bc"),
        ('a <img alt="picture"> b', "a  b"),
        ('<a href="https://example.org">here</a>', "here"),
        ("<p>a</p>\n\n \n<p>b</p>", "a\n\nb"),
        ("a<br><br>b", "a\n\nb"),
        ("<details><summary>a</summary>b</details>", "a\nb"),
        ("a\0b<b>\0</b>", "ab"),
    ],
)
def test_the_text_is_what_a_browser_shows(html: str, text: str) -> None:
    assert html_text(html) == text


INLINE = ("{}", "<b>{}</b>", '<a href="?a>b">{}</a>', "<span\nclass=x>{}</span >", "<i>{}", "{}<wbr>")
APART = ("<p>{}</p>", "<div>{}</div>", "<li>{}", "<h2>{}</h2>", "<br/>{}<br>", "<td>{}", "<pre>{}</pre>", " {}\r\n")
WORDS = st.text("abcXYZ019é€中😀&<>;#'\"", min_size=1, max_size=8)


def escaped(word: str) -> str:
    return word.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


@given(st.lists(st.tuples(WORDS, st.sampled_from(INLINE), st.sampled_from(APART)), max_size=12))
def test_no_word_is_lost_and_none_is_joined_with_another(elements: Sequence[tuple[str, ...]]) -> None:
    """Whatever the elements that words are in: each comes out whole and once, in its place."""
    html = " ".join(apart.format(inline.format(escaped(word))) for word, inline, apart in elements)
    assert html_text(html).split() == [word for word, _, _ in elements]


@given(st.text())
def test_any_text_has_a_text(html: str) -> None:
    assert "\r" not in html_text(html)


@given(st.text(st.characters(exclude_characters="<&\0", exclude_categories=["Cs"])))
def test_without_markup_only_spaces_change(text: str) -> None:
    """The engine does it by itself, without the parser: with the expression that the export declares."""
    assert html_text(text) == re.sub("[ \t\n\r\f]+", " ", text).strip(" ")
    expression = next(c.expression for c in EXPORTS["messages"].all_columns() if c.name == "body_as_text")
    assert r"regexp_replace(m.body, '[ \t\n\r\f]+', ' ', 'g')" in expression


@pytest.mark.slow
@pytest.mark.parametrize(
    "html",
    [
        "<div>" * 100_000 + "x",
        "".join(f"<font size={number}><p>" for number in range(5_000)) + "x",
        "<table>" * 20_000 + "x",
        "<table><tr>" + "<td>x" * 50_000,
        "<" * 200_000 + " x",
        "<!--" * 50_000 + "-->x",
        "&" * 200_000 + "x",
    ],
    ids=["nested", "formatted", "tables", "cells", "signs", "comments", "entities"],
)
def test_hostile_html_is_converted_quickly(html: str) -> None:
    """The parser alone takes 13 s of the first, and 4 GB of the second."""
    started = time.process_time()
    assert html_text(html).endswith("x")
    assert time.process_time() - started < 5


def test_a_long_flat_document_is_read_in_one_piece() -> None:
    assert html_text("<table>" + "<tr><td>a<td>b" * 5_000).split("\n") == ["a\tb"] * 5_000
