"""Reading a form with a file: strictly its own fields, one file, in memory and no longer than the request.

The length of the whole is bounded by `web.security` before anything is read. Refuses to know what is in the file.
"""

from __future__ import annotations

from collections.abc import Collection

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request

from locales.errors import DomainError
from surveys.fielding.visit_files import LARGEST_FILE
from web.forms import Form, refuse_other_sites

LONGEST_UPLOAD = LARGEST_FILE

_MULTIPART = "multipart/form-data"
_LONGEST_FIELD = 4096


async def read_upload(request: Request, *, fields: Collection[str], file: str) -> tuple[Form, bytes]:
    """The form of a POST and the content of its file, empty without one; the name it had elsewhere is not looked at.

    Errors: `other_site`, `form_unreadable`, `unknown_field`, `field_twice`.
    """
    form, _, content = await read_named_upload(request, fields=fields, file=file)
    return form, content


async def read_named_upload(request: Request, *, fields: Collection[str], file: str) -> tuple[Form, str, bytes]:
    """The same, with the name that the file says it has: not to be believed."""
    refuse_other_sites(request)
    if request.headers.get("content-type", "").split(";")[0].strip().lower() != _MULTIPART:
        raise DomainError("form_unreadable")
    values: dict[str, str] = {}
    content: bytes | None = None
    file_name = ""
    try:
        async with request.form(max_files=1, max_fields=len(fields) + 1, max_part_size=_LONGEST_FIELD) as form:
            for name, value in form.multi_items():
                if name != file and name not in fields:
                    raise DomainError("unknown_field", field=name[:40])
                if name in values or (name == file and content is not None):
                    raise DomainError("field_twice", field=name)
                if (name == file) is not isinstance(value, UploadFile):
                    raise DomainError("form_unreadable")
                if isinstance(value, UploadFile):
                    content, file_name = await value.read(), value.filename or ""
                else:
                    values[name] = value
    except HTTPException:  # no boundary, half a part, too many of them
        raise DomainError("form_unreadable") from None
    return Form(values, {}), file_name, content or b""
