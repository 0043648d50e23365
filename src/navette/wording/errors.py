"""What went wrong below the console, as a sentence in the reader's language.

The layers below raise errors with whole English sentences, some with values in them. Those that people meet are known
here; any other is shown as it came.
"""

import re
from functools import cache

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from navette.wording.labels import FILTERS

KNOWN = (
    gettext_noop("it was given up: 3 workers ended in the middle of it."),
    gettext_noop("the worker ended while the mail server was taking the mail."),
    gettext_noop("the person who requested the file no longer has the right to it, or the file was deleted."),
    gettext_noop("{address} is no longer among the task's recipients."),
    gettext_noop("the recipient's address changed while the mail was being sent: Navette retries."),
    gettext_noop("none of the requested columns is permitted any more."),
    gettext_noop("the control database did not answer in time."),
    gettext_noop("an error of Navette's own ({kind}): please report it."),
    gettext_noop("the engine could not run the query ({kind}): please report it."),
    gettext_noop("{reason}: free the disk or mend its folder, and run it again."),
    gettext_noop(
        "the export needs more memory than the engine may use: raise NAVETTE_MEMORY_LIMIT_MB, or name fewer fields."
    ),
    gettext_noop(
        "a file could not be read or written: the disk is full, or the store was vacuumed meanwhile; run it again."
    ),
    gettext_noop("the file is gone: its retention ended. Run the export again."),
    gettext_noop("the run has no file."),
    gettext_noop("the link of this mail does not work any more: find the run under Digital > History."),
    gettext_noop("you may not have this run's file: it is another user's, or holds sensitive columns."),
    gettext_noop("only a delivery that failed, or whose outcome is unknown, can be sent again."),
    gettext_noop("only who asked for a run, or who may download everybody's files, may cancel it."),
    gettext_noop("this run is another user's."),
    gettext_noop("so many of your runs are waiting that no more can be added: let some end, or cancel some."),
    gettext_noop("the extension of the export '{export}' is off: an administrator can add it."),
    gettext_noop("the extension of the columns {columns} is off: an administrator can add it."),
    gettext_noop("your role does not permit the sensitive columns {columns}."),
    gettext_noop("the end ({end}) is before the start ({start}): give an end on or after the start."),
    gettext_noop("the mail server cannot take this mail now: {reason}"),
    gettext_noop("the mail server's certificate is not trusted: {reason}."),
    gettext_noop("the mail server does not take the user and password of NAVETTE_SMTP_URL: {reason}"),
    gettext_noop("NAVETTE_SMTP_URL asks for what the mail server cannot do: {reason}"),
    gettext_noop("'{address}' is not an e-mail address: correct it."),
    gettext_noop("the mail server does not know e-mail addresses with letters beyond ASCII."),
    gettext_noop("the task was deleted."),
    gettext_noop(
        "NAVETTE_SECRET_KEY is not the one that our private SSH key was encrypted with: put the old one back; or set "
        "it as NAVETTE_PREVIOUS_SECRET_KEY and run 'navette keys renew-secrets'; or make a new key with 'navette keys "
        "new', and let the servers know it."
    ),
    gettext_noop("the files are gone: their retention ended. Run the slot again."),
    gettext_noop("the folder {folder} is not there: make it, or correct the task's destination."),
    gettext_noop("files may not go to the folder '{folder}': add it, or one above it, to NAVETTE_FOLDERS."),
    gettext_noop("the task's destination is another by now: send the slot's files again, to where it is."),
    gettext_noop("the name {name} is longer than {most} bytes: shorten the label or the pattern."),
    gettext_noop("two exports of the task would get the name {name}: put {variable} into it."),
    gettext_noop("the pattern '{pattern}' has something else in braces than {known}."),
    gettext_noop("the pattern '{pattern}' has a character that file names cannot have."),
    gettext_noop("the pattern of file names is empty."),
    gettext_noop("an archive of several exports has no {variable}: take it out of the pattern."),
    gettext_noop("the pattern is longer than {most} bytes: shorten it."),
    gettext_noop("the pattern '{pattern}' has no {variable}: files could not be told apart."),
    gettext_noop("the cron line '{cron}' has not five fields: minute, hour, day, month, day of the week."),
    gettext_noop("the cron line '{cron}' is none: {reason}."),
    gettext_noop("the cron line '{cron}' is never due."),
    gettext_noop(
        "{server} shows the host key {fingerprint}, which is not the accepted one: it may be another server. Ask its "
        "administrator, test the connection, and accept the new key if it is right."
    ),
    gettext_noop("no host key of {server} is accepted yet: test the connection, and accept its key."),
    gettext_noop(
        "{server} does not let {user} in with our key: add our public key to the user's authorized keys, or correct "
        "the user. ({said})"
    ),
    gettext_noop("{directory} on {server} is no directory: make it, or name another."),
    gettext_noop(
        "{host} has no address that Navette may reach on port {port}: check the name, and that the name service "
        "answers; an administrator can add the host to the list of allowed SFTP servers, or a private address as "
        "a network."
    ),
    gettext_noop("{server} cannot be reached: see that it is up, and that a firewall lets us through. ({said})"),
    gettext_noop("the connection to {server} was lost: Navette retries. ({said})"),
    gettext_noop("the disk of {server} is full: free some of it. ({said})"),
    gettext_noop("{server} did not answer in time to {doing}: see that it is up."),
    gettext_noop("{server} let us in, but offers no SFTP: switch it on there, for this user. ({said})"),
    gettext_noop(
        "{server} already has a file {name}, and does not let us replace it: add a variable that changes every time "
        "to the pattern of the file name."
    ),
    gettext_noop("{server} does not let us {doing}: {help}. ({said})"),
    gettext_noop("'{name}' is not the name of a file: change the task's pattern."),
    gettext_noop("'{name}' cannot be a directory's name: change the task's directory."),
    gettext_noop("the mail server refuses this mail: {reason}"),
    gettext_noop("the folder {folder} may not be entered: give Navette's user the right."),
    gettext_noop("the folder {folder} may not be made: give Navette's user the right."),
    gettext_noop("the folder {folder} may not be written: give Navette's user the right."),
    gettext_noop("{path} is no folder: remove it, or correct the task's destination."),
    gettext_noop("{folder} cannot be used now: {reason}."),
    gettext_noop("two files of one delivery have one name: change the pattern of names."),
    gettext_noop("there is no host '{host}' with a port {port}: correct them."),
    gettext_noop(
        "port {port} of {host} may not be reached: an administrator can add it to the list of allowed SFTP servers, "
        "a private address as a network."
    ),
    gettext_noop("{server} works with SHA-1 alone, which is broken: update the server. ({said})"),
    gettext_noop(
        "{server} takes signatures of RSA keys with SHA-1 alone, which is broken: update the server, or sign in with "
        "an Ed25519 key."
    ),
    gettext_noop("{server} and Navette know no common algorithm: update the server. ({said})"),
    gettext_noop("{server} does not speak SSH: correct the host or the port. ({said})"),
    gettext_noop("this user name is not valid: correct it. ({said})"),
    gettext_noop("{server} failed to {doing}: ask its administrator why. ({said})"),
    gettext_noop("the file was gone before it had its name: it is sent again."),
    gettext_noop("{file} on the server is not a file: remove it."),
    gettext_noop("a directory on the server has the file's name: rename it."),
    gettext_noop("{file} is not the file that was made: run the export again."),
    gettext_noop("the server has {found} bytes of {expected}: Navette retries."),
    gettext_noop("the directory has control characters in it: correct it."),
    gettext_noop(
        "'{name}' cannot be a file's name, since it is empty, has a path or control characters in it, or more than "
        "255 bytes: change it."
    ),
    gettext_noop(
        "'{name}' cannot be a file's name, since it has the form of the hidden names that files have until they are "
        "whole: change it."
    ),
    gettext_noop("'{name}' cannot be a file's name, since it cannot be written in UTF-8: change it."),
    gettext_noop("{server} took nothing for {minutes} minutes: see what it does."),
    gettext_noop("{server} took {pace} kB a second, which is too slow: the rest is sent later."),
    gettext_noop("compare the fingerprint with the one that the server's administrator gives, and accept it."),
    gettext_noop("NAVETTE_MAIL_FROM: '{address}' is not an e-mail address."),
    gettext_noop("the mail server requires a sign-in or encryption; see NAVETTE_SMTP_URL: {reason}"),
    gettext_noop(
        "the mail server received the whole mail and did not say whether it accepted it: ask the recipient before "
        "sending it again. ({said})"
    ),
    gettext_noop("NAVETTE_SMTP_URL is wrong: {why}. It is of the form smtp+starttls://USER:PASSWORD@HOST:PORT."),
    gettext_noop(
        "the list of allowed SFTP servers contains the port '{port}', which is not valid: write a number from 1 to "
        "65535, or two with a hyphen between them."
    ),
    gettext_noop(
        "the list of allowed SFTP servers contains '{entry}', which cannot be read: write a host (sftp.example.org, "
        "*.example.org) or a network (10.0.0.0/8, [fd00::/8]), and :22 or :22-2222 after it to allow these ports "
        "only."
    ),
    gettext_noop("the system's user that runs Navette has no name: set the variable LOGNAME."),
    gettext_noop("there is no key pair for SFTP yet: make one, and add its public key to the server."),
    gettext_noop("this is not a public key: a public key is one line such as 'ssh-ed25519 AAAA…'."),
    gettext_noop("a private key for SFTP cannot be read: make a new key pair."),
    gettext_noop("an accepted host key cannot be read: test the connection, and accept the server's key again."),
    gettext_noop("a sheet holds at most {most} columns: choose fewer fields."),
    gettext_noop(
        "the workbook would be larger than 4 GiB, which Excel cannot open: choose a shorter period, fewer fields or "
        "another format."
    ),
    gettext_noop("no column of {export} is left: name at least one."),
    gettext_noop("{export} has no time to filter by: leave out the start and the end."),
    gettext_noop("the fields '{names}' name no column."),
    gettext_noop(
        "the fields '{names}' mix changes (+name, -name) with plain names: give either changes to the default "
        "columns, or the whole list."
    ),
    gettext_noop(
        "the table '{table}' in the store lacks {columns}, which this version of Navette reads: move the table's "
        "folder away and load the data again, or go back to the version that wrote it."
    ),
    gettext_noop(
        "the table '{table}' in the store was written with {features}, which Navette does not read: rewrite it "
        "without, or load the data again."
    ),
    gettext_noop("the store cannot be in '{folder}': choose a folder without {characters} in its path."),
    gettext_noop(
        "the table '{table}' in the store cannot be read ({kind}): restore its folder, or load the data again."
    ),
    gettext_noop("unknown {noun} '{name}': did you mean '{near}'?"),
    gettext_noop("unknown {noun} '{name}': choose one of {names}."),
    gettext_noop("unknown {noun} '{name}': there is none to choose from."),
    gettext_noop("unknown {noun} '{name}'."),
    gettext_noop("several values of the filter '{noun}' are called '{name}': choose one of {names}."),
    gettext_noop("the {side} '{text}' is outside the years 1 to 9999."),
    gettext_noop("the {side} '{text}' is neither a day (2020-01-31) nor an instant (2020-01-31T13:00:00+01:00)."),
    gettext_noop(
        "a secret in the control database was encrypted with another key: set NAVETTE_SECRET_KEY to that key, or "
        "enter the secret again."
    ),
    gettext_noop("two files of the archive would be named {name}."),
    gettext_noop("the password is empty: give one, or leave it out."),
    gettext_noop("{format} files are not compressed as a whole: leave out the compression, or use a ZIP archive."),
    gettext_noop("{format} files are not compressed with {name}: choose one of {valid}."),
    gettext_noop("{format} files are not compressed: leave out the compression, or use a ZIP archive."),
    gettext_noop("it was cancelled."),
    gettext_noop("a password link could not be mailed now."),
    gettext_noop("it ended without giving a reason."),
    gettext_noop("your role does not permit this: %(label)s (%(name)s)."),
    gettext_noop("the export “%(export)s” belongs to an extension that is off, or to a permission that is missing."),
)
"""The sentences, with a name in braces, or as Python's %(name)s, for each value."""


PHRASES = (
    gettext_noop("connect"),
    gettext_noop("sign in"),
    gettext_noop("begin an SFTP session"),
    gettext_noop("enter the directory"),
    gettext_noop("enter the directory {directory}"),
    gettext_noop("make the directory {directory}"),
    gettext_noop("write a file"),
    gettext_noop("write {name}"),
    gettext_noop("rename a file"),
    gettext_noop("rename a file to {name}"),
    gettext_noop("tell the free space"),
    gettext_noop("give the user the right to do so"),
    gettext_noop("make the directory, or name another"),
    gettext_noop("choose another file name"),
    gettext_noop("a directory has the file's name: remove it"),
    gettext_noop("use a server that can"),
    gettext_noop("{directory}, {names} is made below it"),
    gettext_noop("export"),
    gettext_noop("format"),
    gettext_noop("compression"),
    gettext_noop("locale"),
    gettext_noop("time zone"),
    gettext_noop("period"),
    gettext_noop("filter of {export}"),
    gettext_noop("column of {export}"),
    gettext_noop("time of {export}"),
    gettext_noop("start"),
    gettext_noop("end"),
)
"""What stands in some sentences as one of PARTS, and facts that are no sentences."""

PARTS = frozenset({"doing", "help", "noun", "side"})

LABELS = frozenset({"label"})
"""Values that are texts of the console."""


def sentence(error: object) -> str:
    """An error as a sentence: in the reader's language where it is known, with a capital at its beginning."""
    return capfirst(in_words(error))


def in_words(error: object) -> str:
    """The same without the capital, for use within a line."""
    return _translated(str(error), KNOWN)


def phrase(text: str) -> str:
    """A part of a sentence in the reader's language, where it is known."""
    return str(FILTERS[text].label).lower() if text in FILTERS else _translated(text, PHRASES)


LONGEST = 2_000
"""The longest error that is looked up, in characters: the time grows with their cube, and values come from outside."""


def _translated(text: str, known: tuple[str, ...]) -> str:
    if len(text) > LONGEST:
        return text
    for message, pattern in _patterns(known):
        if match := pattern.fullmatch(text):
            values = match.groupdict()
            values |= {name: phrase(values[name]) for name in PARTS & values.keys()}
            values |= {name: _(values[name]) for name in LABELS & values.keys()}
            return _(message) % values if "%(" in message else _(message).format(**values)
    return text


@cache
def _patterns(known: tuple[str, ...]) -> list[tuple[str, re.Pattern[str]]]:
    """Each sentence, with what it looks like once it has its values."""
    return [(message, re.compile(_pattern(message), re.DOTALL)) for message in known]


def _pattern(known: str) -> str:
    """Values are anything; the parts of a sentence that are translated end as soon as they can."""
    return re.sub(_VALUE, lambda found: f"(?P<{found[1]}>.+{'?' * (found[1] in PARTS)})", re.escape(known))


_VALUE = r"(?:%\\\(|\\\{)(\w+)(?:\\\)s|\\\})"
"""What stands for a value in an escaped sentence: {name} or %(name)s."""
