"""The rows of attachments: on messages, and a few on the reply assistant's texts."""

import numpy as np
import pyarrow as pa

from navette.demo import columns as col
from navette.demo.conversations import Chunk
from navette.demo.draw import Dice, every, spread
from navette.demo.object_ids import object_ids
from navette.demo.people import dated
from navette.demo.setup import Setup
from navette.tables import TABLES

_FILES = (
    ("DJwCOLlW4AINC5g.jpg", "image"), ("Capture d’écran 2024-03-07 à 10.12.png", "image"), ("IMG_0042.HEIC", "image"),
    ("facture; mars.pdf", "application"), ('reçu "original", v2.pdf', "application"), ("=notes.txt", "text"),
    ("vidéo 😀.mp4", "video"), ("message vocal.ogg", "audio"), ("صورة.jpg", "image"), ("export.csv", "text"),
)  # fmt: skip
_URL = "https://demo.example.com/attachments/"


def attachments(chunk: Chunk) -> pa.Table:
    """Files on six messages in a hundred, in time order."""
    messages, setup = chunk.messages, chunk.setup
    dice = Dice(setup.seed, "attachments", int(chunk.threads.serial[0]))
    owner = np.flatnonzero(dice.chance(0.055, len(messages)) | every(101, messages.serial))
    owner = np.sort(np.concatenate((owner, owner[::20])))
    serial = messages.serial[owner] * 2 + np.append(False, owner[1:] == owner[:-1])[: len(owner)]
    created, count = messages.at[owner], len(owner)
    ids = object_ids(setup.seed, "attachments", created, serial)
    contents, file = col.chosen(chunk.content_ids, owner), dice.below(len(_FILES), count)
    infected, unknown = np.arange(count) % 89 == 7, np.arange(count) % 60 == 11
    rows = {
        "id": ids,
        "created_at": col.instants(created),
        "updated_at": col.instants(np.minimum(created + dice.below(600, count), chunk.setup.period.end - 1)),
        "url": col.joined(_URL, ids),
        "content_id": contents,
        "filename": col.chosen([name for name, _ in _FILES], file, ~every(41, serial)),
        "embed": col.flags((file < 3) & dice.chance(0.4, count)),
        "virus_signature": col.chosen(["Eicar-Test-Signature"], np.zeros(count, dtype=np.int64), infected),
        "size": col.numbers(dice.delays(126_199.0, count, 1.5)),
        "type": col.chosen([type_ for _, type_ in _FILES], file),
        "foreign_id": col.only(
            object_ids(setup.seed, "foreign attachments", created, serial), ~messages.by_agent[owner]
        ),
        "public": col.flags(dice.chance(0.3, count)),
        "attachable_id": contents,
        "attachable_type": col.chosen(["content", "unknown"], unknown.astype(np.int64)),
    }
    return col.in_time_order(col.rows_of("attachments", rows), created)


def knowledge_attachments(setup: Setup) -> pa.Table:
    """A file on every third version of the reply assistant's entries."""
    versions = setup.version_ids[::3]
    ids = setup.ids("knowledge attachments", len(versions))
    kinds = spread((1,) * len(_FILES), np.arange(len(versions)))
    rows = [
        {
            "url": f"{_URL}{identifier}",
            "filename": _FILES[kind][0],
            "embed": False,
            "size": 2048 * (number + 1),
            "type": _FILES[kind][1],
            "public": True,
            "attachable_id": version,
            "attachable_type": "reply_assistant",
        }
        for number, (identifier, version, kind) in enumerate(zip(ids, versions, kinds, strict=True))
    ]
    return pa.Table.from_pylist(dated(setup, ids, rows), schema=TABLES["attachments"].schema)
