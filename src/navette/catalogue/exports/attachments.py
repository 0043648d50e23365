"""Attachments: the files of messages and of reply assistant versions."""

from navette.catalogue.export import Column, Export, Related
from navette.core.types import Boolean, Datetime, Integer, ObjectId, String

ATTACHMENTS = Export(
    name="attachments",
    label="Attachments",
    description="The files attached to messages and to the reply assistant's versions: name, size, type, address.",
    grain="one row per attachment",
    rows="attachments AS a",
    related=(Related("messages", "contents", by="id", ids="SELECT content_id FROM base", columns=("id", "source_id")),),
    times={"created": "a.created_at"},
    filters={"type": "a.type = $value", "source": "a.content_id IN (SELECT id FROM messages WHERE source_id = $value)"},
    incremental=True,
    columns=(
        Column("created_at", Datetime, "a.created_at", "Creation date", "When the record was created."),
        Column("id", ObjectId, "a.id", "ID", "Identifier of the attachment."),
        Column("url", String, "a.url", "URL", "Address at which the file can be fetched."),
        Column("content_id", ObjectId, "a.content_id", "Message ID", "Identifier of the message that has the file."),
        Column("filename", String, "a.filename", "File name", "Name of the file, as it was sent."),
        Column("embed", Boolean, "a.embed", "Embedded", "Whether the file is shown inside the message's text."),
        Column(
            "virus_signature", String, "a.virus_signature", "Virus signature", "Name of the virus found in it, if any."
        ),
        Column("size", Integer, "a.size", "Size", "Size of the file, in bytes."),
        Column("type", String, "a.type", "Type", "Kind of file, such as image."),
        Column("foreign_id", ObjectId, "a.foreign_id", "Foreign ID", "Identifier of the file where it came from."),
        Column("public", Boolean, "a.public", "Public access", "Whether the file can be fetched without signing in."),
        Column("attachable_id", ObjectId, "a.attachable_id", "Owner ID", "Identifier of the record that has the file."),
        Column(
            "attachable_type",
            String,
            "a.attachable_type",
            "Owner type",
            "Kind of record that has the file: content (a message), reply_assistant or unknown.",
        ),
    ),
)
