"""Values that are legal and that break careless exports: every table with free text has some of them."""

LONG_TEXT = "".join(f"Ligne {n:04d} : le colis n’est toujours pas arrivé, merci de vérifier. " for n in range(700))[
    :40_000
]
LONG_HTML = (
    "<ul>" + "".join(f"<li>Step {n}: it still does not work &amp; I tried twice.</li>" for n in range(700)) + "</ul>"
)

AWKWARD_TEXTS: tuple[str, ...] = (
    "Bonjour,\nma commande est arrivée cassée.\nMerci.",
    "Hello,\r\nmy parcel is late.\r\n\r\nRegards",
    "Un retour chariot seul\rau milieu",
    'Il a dit "non" puis "peut-être".',
    '"',
    '""',
    '"entre guillemets"',
    "un;deux;trois",
    "one,two,three",
    "tab\tseparated\tvalues",
    'tout à la fois : "a;b",\tc\r\nd',
    "=1+1",
    "=HYPERLINK(\"https://example.com\";\"cliquez\")",
    "+33612345678",
    "+1 (202) 555-0143",
    "-5",
    "-5,50 € remboursés",
    "@demo_store vous répondez quand ?",
    "-",
    "+",
    "00123",
    "007",
    "123456789012345678",
    "1234567890123456789",
    "1E5",
    "0x1F",
    "1/2",
    "2024-02-30",
    "12:30",
    "3,14",
    "1 234,56",
    "true",
    "vrai",
    "NULL",
    "None",
    "N/A",
    "\\N",
    "NaN",
    "Merci 😀👍🏽 👨‍👩‍👧‍👦 🇫🇷",
    "مرحبا، أين طلبي؟",
    "שלום, היכן ההזמנה שלי?",
    "mixed שלום text عربي ends",
    "e\u0301te\u0301 ça nai\u0308ve (combining marks)",
    "Z͑ͫa̴l̵g̶o",
    "您好,我的订单在哪里?",
    "ご注文の商品が届きません",
    "Здравствуйте, где мой заказ?",
    "espace\u00a0insécable\u202fet fine",
    "zero\u200bwidth",
    "\ufeffstarts with a BOM",
    " leading and trailing spaces ",
    "   ",
    "",
    "\n",
    "C:\\new\\table",
    "back\\slash and 'quote'",
    "<script>alert('x')</script>",
    "<b>not html</b> &amp; &lt;",
    "]]> & <![CDATA[",
    "{{label}} ${HOME} %s %d {0}",
    "'; DROP TABLE messages; --",
    "form\x0cfeed and vertical\x0btab",
    "línea\u2028separador\u2029párrafo\x85fin",
    LONG_TEXT,
)  # fmt: skip

AWKWARD_NAMES: tuple[str, ...] = (
    "=cmd|' /C calc'!A0",
    "+33612345678",
    "-Lola-",
    "@pseudo",
    'Jean "Jeannot" Petit',
    "Petit; Jean",
    "Petit, Jean",
    "Tab\tName",
    "Two\nLines",
    "🌸 Fleur 🌸",
    "محمد علي",
    "דוד לוי",
    "Zoe\u0308 Rene\u0301",
    "0042",
    "123456789012345678",
    "李小龍",
    " spaced ",
    "",
)

AWKWARD_TITLES: tuple[str, ...] = (
    "RE: RE: \"Commande\"; urgent",
    "=SUM(A1:A9)",
    "-10 % sur ma facture ?",
    "Where is my order?\tSecond request",
    "Titre\nsur deux lignes",
    "طلب مفقود",
    "0123456789",
    "",
    "Very long title " + "and on and on " * 40,
)  # fmt: skip


def awkward_step(rows: int) -> int:
    """The interval of awkward rows: short enough that all the values occur in a small domain."""
    return min(1009, max(29, rows // 200))
