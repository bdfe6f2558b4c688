"""An open run file, `run.sonae`: for runs of an automatic or scripted resident, which hold nothing personal."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

import msgspec

from drill.record.batches import Batch
from drill.record.disk import sync_data, sync_folder
from drill.record.recorder import RecordingError, check_recordable
from drill.record.records import FILE_MAGIC, RecordType, pack_record
from drill.record.run import RunHeader
from drill.record.tally import Tally
from drill.record.wire import Data, encode

NAME: Final = "run.sonae"


class OpenFile:
    """A sink that writes `folder/run.sonae`: under a temporary name first, renamed when the run is closed.

    Raises:
        RecordingError: the run is a person's, or the file cannot be written.
    """

    sealed = False

    def __init__(self, folder: Path, header: RunHeader) -> None:
        check_recordable(header, sealed=False)
        self.path = folder / NAME
        self._partial = folder / (NAME + ".part")
        self._tally = Tally()
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._file = self._partial.open("wb")
            self._file.write(FILE_MAGIC + pack_record(RecordType.OPEN_HEADER, msgspec.json.encode(header)))
        except OSError as error:
            msg = f"{self._partial} cannot be written: {error}"
            raise RecordingError(msg) from error

    def append(self, batch: Batch) -> None:
        """Write a batch under the next `seq`. Raise RecordingError when the disk refuses it."""
        data = Data(self._tally.batches, batch.channel, batch.t0_us, batch.n, batch.payload, 0, batch.gaze)
        self._write(pack_record(RecordType.DATA, data.encode()))
        self._tally.add(batch.channel, batch.n, data.crc32)

    def close(self, *, complete: bool = True) -> None:
        """Write the end, sync, and give the file its name. Raise RecordingError when it cannot be finished."""
        self._write(pack_record(RecordType.END, encode(self._tally.end(complete=complete))))
        try:
            self._file.flush()
            sync_data(self._file.fileno())
            self._file.close()
            os.replace(self._partial, self.path)
            sync_folder(self.path.parent)
        except OSError as error:
            msg = f"{self.path} cannot be finished: {error}"
            raise RecordingError(msg) from error

    def _write(self, record: bytes) -> None:
        try:
            self._file.write(record)
        except OSError as error:
            msg = f"{self._partial} cannot be written: {error}; make room on the disk"
            raise RecordingError(msg) from error
