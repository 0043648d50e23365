"""The text of messages in HTML is what Chromium says it is."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, sync_playwright
from tests.acceptance.browser import ARGUMENTS, CHROMIUM, needs_chromium

from navette.core.html_text import html_text

CASES = [
    *(
        "",
        " ",
        "  a  ",
        "a\r\nb\rc\td",
        "a\u200bb",
        "a\u2003 b",
        "a&nbsp;&nbsp;b",
        "&nbsp;a&nbsp;",
        "a&shy;b",
        "a<wbr>b",
    ),
    *('a<br class="x">b', "a<br  />b", "a<BR>b", "<br>", "<br>a", "a<br>", "a <br> b", "a<br><br>b"),
    *("<p>a</p ><p>b</p>", "<p>a</p>b", "<p>a<p>b", "<p>a</p>\n\n<p>b</p>", "<p> a </p> <p> b </p>", "a<p></p>b"),
    *("<p>&nbsp;</p><p>b</p>", "<p></p><p>b</p>", "<p>a<br></p><p>b</p>", "<p>a</p><br><p>b</p>"),
    *("<div>a</div><div>b</div>", "<div>a<div>b</div>c</div>", "a<br><div>b</div>", "<div>a<br></div><div>b</div>"),
    *("<div><br></div><div>b</div>", "a<div><br></div>b", "<div>a</div><br>b", "<div>a </div> b", "<div></div>"),
    *("<div><p>a</p></div><div>b</div>", "a</div>b", "<!DOCTYPE html><p>a", '<?xml version="1.0"?>a'),
    *("<H1>T</H1>x", "<h2>T</h2><p>x</p>", "<h1>a</h1><h2>b</h2>", "a<hr>b", "<blockquote>a</blockquote>b"),
    *("<center>a</center>b", "<fieldset><legend>l</legend>x</fieldset>", "<form>a</form>b", "<address>a</address>b"),
    *("<ul><li>a</li><li>b</li></ul>", "<ol><li>a<ol><li>b</ol><li>c</ol>", "<ul>x<li>a</ul>", "<menu><li>a</menu>b"),
    *("<dl><dt>a<dd>b</dl>", "a<b> b </b> c", "<b>a </b><i> b</i>", "<b>a", "<font>a</font>b", "x<sub>2</sub>"),
    "<table><tr><td>a</td><td>b</td></tr><tr><td>c</td><td>d</td></tr></table>",
    "<table> <tr> <td> a </td> <td> b </td> </tr> </table>",
    "<table><thead><tr><th>a</th><th>b</th></tr></thead><tbody><tr><td>c</td><td>d</td></tr></tbody></table>",
    "<table><tbody><tr><td>a</tr></tbody><tbody><tr><td>b</tr></tbody><tfoot><tr><td>c</tr></tfoot></table>",
    "<table><caption>t</caption><tr><td>a</td></tr></table>",
    "<table><tr><td><p>a</p></td><td>b</td></tr></table>",
    "<table><tr><td>a<table><tr><td>b</td><td>c</td></tr></table></td><td>d</td></tr></table>",
    "<table><tr><td></td><td>b</td></tr></table>",
    "<table><tr><td>a</td></tr></table><table><tr><td>b</td></tr></table>",
    '<table><tr style="display:none"><td>a</td></tr><tr><td>b</td></tr></table>',
    *("x<table><tr><td>a</td></tr></table>y", "<table>x<tr><td>a</table>", "<td>a</td><td>b</td>", "<tr><td>a"),
    *("<style>p{}</style>a", "a<script>x()</script>b", "a<!-- c -->b", "<title>t</title>a", "a<template>b</template>c"),
    "<html><head><title>t</title><style>x</style></head><body>a</body></html>",
    *("<meta charset=utf-8>a", "<![CDATA[x]]>y", "<o:p>&nbsp;</o:p>x", "<xmp><b></xmp>", "<plaintext><b>x"),
    *("&eacute;&mdash;&nbsp;x &euro; &copy &notit; &hellip;", "&#233; &#xE9; &#150; &#128; &#0; &#x110000; &#xD800;"),
    *("5 < 6 and 7 > 2", "a<3 b", "&amp;lt;", "<a title=\"x>y\" href='q>r'>link</a>", '<a href="http://x">y</a>'),
    *("<pre>a  b\n c\n</pre>d", "<pre>\na</pre>", "<pre>a</pre><pre>b</pre>", "a<pre>b</pre>", "<pre>a\n\n</pre>b"),
    *("<p>a</p><pre>b</pre>", "<pre>a <b>b </b> c</pre>", '<span style="white-space:pre">a  b</span>'),
    *(
        '<div style="white-space: pre-wrap">a\n  b</div>',
        '<div style="display:none">a</div>b',
        "<span hidden>a</span>b",
    ),
    *('<span style="display:block">a</span>b', 'a<span style="display:inline-block">b</span>c'),
    *('a <img alt="pic"> b', "a<img alt=x>b", "<img alt=x>", "<input value=x> b", "a <input type=hidden> b"),
    *("<select><option>a<option>b</select>c", "<textarea>a\nb</textarea>c", "<button>a</button> b"),
    *("<label>a</label><input><label>b</label>", "<video>a</video>b", "<object>a</object>b", "<iframe>a</iframe>b"),
    *("<ruby>a<rp>(</rp><rt>b</rt><rp>)</rp></ruby>", "<datalist><option>a</datalist>b", "<progress>a</progress>b"),
]

SHOWN = """html => {
    const frame = document.createElement("iframe");
    document.body.replaceChildren(frame);
    frame.contentDocument.open();
    frame.contentDocument.write(html);
    frame.contentDocument.close();
    return frame.contentDocument.body.innerText;
}"""


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*ARGUMENTS])
        yield browser.new_page()
        browser.close()


@needs_chromium
def test_every_text_is_chromiums(page: Page) -> None:
    shown = {html: page.evaluate(SHOWN, html) for html in CASES}
    assert {html: html_text(html) for html in CASES} == shown
