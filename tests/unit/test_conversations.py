"""The conversations connector: every message of a file is a row, or is refused with the reason."""

import json
from collections import Counter, defaultdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from navette.connectors.connector import Batch, Refused
from navette.connectors.conversations import ConversationsFile
from navette.connectors.conversations.layout import instant_of_tweet
from navette.core.errors import RequestError
from navette.tables import TABLES

SHARED = Path(__file__).parents[2].parent / "shared" / "data" / "customer-care-conversations.json"
AWKWARD = Path(__file__).parent / "data" / "conversations" / "awkward.json"

Loaded = tuple[dict[str, list[dict[str, Any]]], list[Refused]]
Conversations = list[dict[str, Any]]


def load(path: Path) -> Loaded:
    """The rows by table, and what was refused."""
    tables: dict[str, list[dict[str, Any]]] = defaultdict(list)
    refused: list[Refused] = []
    for part in ConversationsFile(path).read():
        if isinstance(part, Batch):
            tables[part.table] += part.rows.to_pylist()
        else:
            refused.append(part)
    return tables, refused


@pytest.fixture(scope="module")
def care() -> Loaded:
    if not SHARED.exists():
        pytest.skip(f"the corpus of 525 real conversations is not at {SHARED}")
    return load(SHARED)


@pytest.fixture(scope="module")
def corpus(care: Loaded) -> Conversations:
    return json.loads(SHARED.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def awkward() -> Loaded:
    return load(AWKWARD)


class TestTheCorpus:
    def test_nothing_of_it_is_refused_and_every_conversation_is_there(self, care: Loaded) -> None:
        tables, refused = care
        assert refused == []
        assert {name: len(rows) for name, rows in tables.items()} == {
            "communities": 1,
            "channels": 1,
            "roles": 1,
            "custom_fields": 4,
            "teams": 24,
            "sources": 24,
            "agents": 24,
            "agent_permissions": 24,
            "identities": 563,
            "threads": 525,
            "interventions": 525,
            "contents": 1211,
        }

    def test_every_text_of_the_file_is_the_body_of_a_row_byte_for_byte(
        self, care: Loaded, corpus: Conversations
    ) -> None:
        texts = [m["message"] for c in corpus for m in c["dialogContent"]]
        texts += [c["agentURL"]["url_utterance"] for c in corpus]
        assert Counter(row["body"] for row in care[0]["contents"]) == Counter(texts)

    def test_keys_are_unique_and_every_reference_meets_a_row(self, care: Loaded) -> None:
        tables, _ = care
        for name, rows in tables.items():
            keys = [tuple(row[key] for key in TABLES[name].key) for row in rows]
            assert len(set(keys)) == len(keys), name
            for field in TABLES[name].fields:
                if field.references and field.references in tables:
                    there = {row["id"] for row in tables[field.references]}
                    values = [row[field.name] for row in rows if row[field.name] is not None]
                    flat = {v for value in values for v in (value if isinstance(value, list) else [value])}
                    assert flat <= there, f"{name}.{field.name}"

    def test_each_message_replies_to_the_one_before_it(self, care: Loaded) -> None:
        threads = defaultdict(list)
        for row in care[0]["contents"]:
            threads[row["thread_id"]].append(row)
        for messages in threads.values():
            assert [m["in_reply_to_id"] for m in messages] == [None, *(m["id"] for m in messages[:-1])]
            assert [m["in_reply_to_author_id"] for m in messages] == [None, *(m["author_id"] for m in messages[:-1])]

    def test_a_tweet_that_two_conversations_share_is_a_message_of_each(self, care: Loaded) -> None:
        shared = Counter(row["foreign_id"] for row in care[0]["contents"])
        assert sorted(count for count in shared.values() if count > 1) == [2] * 6

    def test_customers_and_agents_are_distinguished(self, care: Loaded) -> None:
        contents = care[0]["contents"]
        assert Counter((r["type"], r["status"], r["creator_id"] is None) for r in contents) == {
            ("Public message", "Replied", True): 625,
            ("Public reply", "Agent reply", False): 586,
        }

    def test_the_first_conversation_reads_as_it_was(self, care: Loaded) -> None:
        tables, _ = care
        thread = next(row for row in tables["threads"] if row["foreign_id"] == "LgwAXtbbEm0mBvDrGmjk")
        case = next(row for row in tables["interventions"] if row["thread_id"] == thread["id"])
        question, reply = (row for row in tables["contents"] if row["thread_id"] == thread["id"])
        agent = next(row for row in tables["agents"] if row["id"] == case["user_id"])
        source = next(row for row in tables["sources"] if row["id"] == thread["source_id"])
        assert question["created_at"] == thread["created_at"] == datetime(2020, 4, 1, 17, 31, 32, tzinfo=UTC)
        assert reply["created_at"] == thread["updated_at"] == datetime(2020, 4, 1, 18, 58, 27, tzinfo=UTC)
        assert (thread["title"], thread["closed"], case["status"]) == (None, True, "Closed")
        assert (case["content_id"], case["identity_id"]) == (question["id"], question["author_id"])
        assert reply["creator_id"] == agent["id"]
        assert (agent["firstname"], source["name"], source["type"]) == ("TeamYouTube", "TeamYouTube", "Twitter")
        assert json.loads(case["custom_field_values"]) == {
            "url": "https://web.archive.org/web/20200401224734/https://support.google.com/youtube/answer/185111",
            "doc_id": "1770",
            "duration": "01:26:55.0",
            "message_count": "2",
        }

    def test_a_source_exists_from_its_earliest_message_on(self, care: Loaded) -> None:
        tables, _ = care
        for source in tables["sources"]:
            times = [row["created_at"] for row in tables["contents"] if row["source_id"] == source["id"]]
            assert (source["created_at"], source["updated_at"]) == (min(times), max(times))

    def test_the_same_load_twice_gives_the_same_rows(self, care: Loaded) -> None:
        assert load(SHARED) == care

    def test_batches_have_the_schema_of_their_table(self, care: Loaded) -> None:
        for batch in ConversationsFile(SHARED).read():
            assert isinstance(batch, Batch)
            assert batch.rows.schema == TABLES[batch.table].schema


class TestAnAwkwardFile:
    def test_what_can_be_read_is_a_row(self, awkward: Loaded) -> None:
        assert [(r["foreign_id"], r["body"], str(r["created_at"])) for r in awkward[0]["contents"]] == [
            ("1245289769463259136", "My lamp flickers 💡\n&amp; hums", "2020-04-01 10:00:00+00:00"),
            ("1245403438755852288", "Mine too", "2020-04-01 17:31:32+00:00"),
            ("tw-3", "Which lamp?", "2020-04-01 17:40:00+00:00"),
            ("tw-4", "", "2020-04-01 17:41:00+00:00"),
            ("1245425308704149506", "See https://help.example.org/lamps", "2020-04-01 18:58:27+00:00"),
            ("tw-20", "again", "2020-04-02 10:00:00+00:00"),
            ("tw-20", "again", "2020-04-02 10:00:00+00:00"),
            ("1245425308704149506", "Hello", "2020-04-01 18:58:27+00:00"),
        ]

    def test_the_rest_is_refused_with_the_reason(self, awkward: Loaded) -> None:
        assert [(r.table, r.reason) for r in awkward[1]] == [
            ("contents", "it has no author: neither an agent nor a client key with a handle"),
            (
                "contents",
                "its datetime is missing or not an ISO 8601 instant, and its tweet_ID does not encode a time",
            ),
            ("contents", "its message is missing or no text"),
            ("contents", "its tweet_ID is missing or no text"),
            ("contents", "it has several authors (client, agent), and nothing says which one wrote it"),
            ("contents", "the message gives one of its keys several values"),
            ("contents", "it contains half of a surrogate pair, which is not a character"),
            ("contents", "the message is missing or no JSON object"),
            ("threads", "its company is missing or no text"),
            ("threads", "the conversation has no message that can be read"),
            ("contents", "its tweet_ID '12' does not encode the time of the closing reply"),
            ("threads", "the conversation has no message that can be read"),
            ("threads", "the conversation is missing or no JSON object"),
        ]

    def test_a_refused_row_is_shown_as_it_came_and_where(self, awkward: Loaded) -> None:
        _, refused = awkward
        assert refused[0] == Refused(
            "contents",
            "it has no author: neither an agent nor a client key with a handle",
            '{"datetime": "2020-04-01T17:42:00Z", "message": "nobody wrote this", "tweet_ID": "tw-5"}',
            "awkward.json, conversation 1",
        )
        assert '["message", "one"], ["message", "two"]' in refused[5].row
        assert r"half \ud83d" in refused[6].row

    def test_a_repeated_session_and_a_repeated_tweet_are_kept(self, awkward: Loaded) -> None:
        tables, _ = awkward
        assert [row["foreign_id"] for row in tables["threads"]] == ["s-ok", "s-ok", "s-reply-only"]
        assert len({row["id"] for row in tables["threads"]}) == 3
        assert len({row["id"] for row in tables["contents"]}) == 8

    def test_without_a_closing_reply_a_case_has_no_agent_and_its_messages_no_answer(self, awkward: Loaded) -> None:
        tables, _ = awkward
        assert [row["user_id"] is None for row in tables["interventions"]] == [False, True, False]
        assert [row["status"] for row in tables["contents"]][5:7] == ["New", "New"]

    def test_a_case_that_no_customer_opened_has_no_customer(self, awkward: Loaded) -> None:
        case = awkward[0]["interventions"][2]
        assert (case["content_id"], case["identity_id"]) == (None, None)
        assert awkward[0]["contents"][7]["status"] == "Agent message"

    def test_facts_are_kept_as_the_file_has_them(self, awkward: Loaded) -> None:
        facts = [json.loads(row["custom_field_values"]) for row in awkward[0]["interventions"]]
        assert facts[0] == {
            "url": "https://help.example.org/lamps",
            "doc_id": 7,
            "duration": "00:10:00.0",
            "message_count": "5",
        }
        assert facts[1:] == [{}, {}]


class TestAConversationWithoutASession:
    def test_it_is_its_own_thread(self, tmp_path: Path) -> None:
        record = {
            "dialogHeader": {"company": "LampShopCare"},
            "dialogContent": [
                {"client": "a", "datetime": "2020-04-01T10:00:00Z", "message": "hi", "tweet_ID": "1"},
            ],
        }
        path = tmp_path / "c.json"
        path.write_text(json.dumps([record, record]))
        tables, refused = load(path)
        assert refused == []
        assert len({row["id"] for row in tables["threads"]}) == 2


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"id,body\n1,x\n", "is not JSON"),
        (b"", "is not JSON"),
        (b'{"dialogHeader": {}}', "is JSON, but not a list"),
        (b"[1, 2]", "is a list, but not of conversations"),
        (b'[{"name": "x"}]', "is a list, but not of conversations"),
        (b'["\xff"]', "is not UTF-8 (at byte 2)"),
        (b"[" * 200_000, "is not JSON"),
    ],
)
def test_a_file_that_is_something_else_is_an_error_that_says_what_is_expected(
    tmp_path: Path, content: bytes, problem: str
) -> None:
    path = tmp_path / "c.json"
    path.write_bytes(content)
    with pytest.raises(RequestError) as error:
        list(ConversationsFile(path).read())
    assert problem in str(error.value)
    assert "expected a JSON list of conversations" in str(error.value)


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match=r"cannot be opened \(no such file or directory\)"):
        list(ConversationsFile(tmp_path / "none.json").read())


def test_an_empty_list_has_no_rows(tmp_path: Path) -> None:
    path = tmp_path / "c.json"
    path.write_bytes(b"\xef\xbb\xbf[]")
    assert list(ConversationsFile(path).read()) == []


@pytest.mark.parametrize(
    ("tweet_id", "instant"),
    [
        ("1245425308704149506", "2020-04-01 18:58:27+00:00"),
        ("29700859247", "2010-11-04 01:43:01+00:00"),
        ("29700859246", "None"),
        ("99999999999999999999", "None"),
        ("-1245425308704149506", "None"),
        ("١٢٤٥٤٢٥٣٠٨٧٠٤١٤٩٥٠٦", "None"),
        ("", "None"),
    ],
)
def test_a_tweet_tells_its_time_since_november_2010(tweet_id: str, instant: str) -> None:
    assert str(instant_of_tweet(tweet_id)) == instant
