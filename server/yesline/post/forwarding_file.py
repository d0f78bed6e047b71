"""Writes events to files, one a day, for whatever reads files. They are on the disk before a delivery is called done."""

import asyncio
import errno
import fcntl
import os
from pathlib import Path
from typing import IO

from yesline.records.outgoing import Delivery, Endpoint, Noticed
from yesline.rules import forwarding, telling
from yesline.rules.forwarding import Answer


class ToFile:
    """One line for each event. The folder is not made: where a disk is missing, what waits goes there once it is back."""

    async def send(self, to: Endpoint, one: Delivery, told: Noticed, now: int) -> Answer:
        """Write beside the loop: a flush takes its time."""
        del one
        options = to.told_how
        file = Path(to.url) / forwarding.file_name(options, now)
        head, line = forwarding.head(options), forwarding.line(telling.message(told), options)
        try:
            await asyncio.to_thread(append, file, head.encode(), line.encode())
        except OSError as error:
            return Answer(0, why=f"{file} cannot be written: {error.strerror}")
        return Answer(0, done=True)


def append(file: Path, head: bytes, line: bytes) -> None:
    """Put a line at the end of a file, after ``head`` where it is new. Only the owner can read a new one. Raises OSError."""
    descriptor = os.open(file, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
    with os.fdopen(descriptor, "r+b", buffering=0) as out:
        fcntl.flock(out, fcntl.LOCK_EX)  # other processes of ours on this machine; closing lets go
        fresh = _trimmed(out) == 0
        whole = (head if fresh else b"") + line
        if write(out, whole) != len(whole):
            raise OSError(errno.ENOSPC, "the disk is full")
        os.fsync(out)
    if fresh:
        _flush_folder(file.parent)


def write(out: IO[bytes], whole: bytes) -> int:
    """Write in one go; returns how much of it the disk had room for."""
    return out.write(whole)


def _trimmed(out: IO[bytes]) -> int:
    """Cut off a line that a crash has left unfinished; it is written again. Returns how much is left."""
    size = out.seek(0, os.SEEK_END)
    while size:
        start = max(0, size - 65536)
        out.seek(start)
        end = out.read(size - start).rfind(b"\n") + 1
        if end:
            size = start + end
            break
        size = start
    out.truncate(size)
    return size


def _flush_folder(folder: Path) -> None:
    """The name of a new file is in its folder."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
