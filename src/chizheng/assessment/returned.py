"""The way back of an uploaded sheet: the same workbook with the faults beside the cells."""

from __future__ import annotations

from chizheng.assessment.models import Upload
from chizheng.assessment.stored import stored
from chizheng.platform.io.sheets import AnnotatedSheet, CellFault, annotate_sheet, read_sheet


def returned_sheet(upload: Upload, *, lang: str, only_faulty: bool = False) -> AnnotatedSheet:
    """The sheet as it came with what is wrong in each row; `only_faulty` leaves the good rows out."""
    sheet = read_sheet(stored(upload.stored_as), upload.file_name)
    faults = [CellFault(f.row, f.position, f.say(lang)) for f in upload.faults.all()]
    return annotate_sheet(sheet, upload.file_name, faults, only_faulty=only_faulty)
