"""Files that people send: what getFile says of one, and fetching it by the path it gave.

A path is good for an hour from the getFile that gave it. Servers in the cloud hand out no more than 20 MB.
"""

from __future__ import annotations

from tests.telegram_double import refusals, shapes
from tests.telegram_double.parameters import Parameters
from tests.telegram_double.world import Json, Upload, World

LARGEST_DOWNLOAD = 20 * 1024 * 1024
GOOD_FOR = 3600.0


def get_file(world: World, parameters: Parameters) -> Json:
    """The File with the path at which it may be fetched."""
    file_id = parameters.text("file_id")
    if not file_id:
        raise refusals.bad_request("file_id not specified")
    upload = world.files.get(file_id)
    if upload is None:
        raise refusals.bad_request("invalid file_id")
    if len(upload.content) > LARGEST_DOWNLOAD:
        raise refusals.bad_request("file is too big")
    number = list(world.files).index(file_id)
    suffix = upload.name.rpartition(".")[2] if "." in upload.name else "bin"
    path = f"documents/file_{number}.{suffix}"
    world.paths[path] = (upload, world.clock() + GOOD_FOR)
    size = len(upload.content) if upload.told_size is None or upload.told_size < 0 else upload.told_size
    return {**shapes.file(upload), "file_size": size, "file_path": path}


def at_path(world: World, path: str) -> Upload:
    """What lies at a path that getFile gave less than an hour ago; 404 for any other."""
    upload, good_until = world.paths.get(path, (None, 0.0))
    if upload is None or world.clock() >= good_until:
        raise refusals.path_unknown()
    return upload


METHODS = {"getFile": get_file}
