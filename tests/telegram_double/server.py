"""The HTTP face of the double: paths, bodies, long polling, and the faults that happen on the wire.

Knows how a call travels; what it means is the methods' affair.
"""

from __future__ import annotations

import asyncio
import json
import traceback
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from starlette.applications import Starlette
from starlette.datastructures import UploadFile
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from tests.telegram_double import asking, editing, files, refusals, sending, shapes, updates
from tests.telegram_double.faults import (
    AnswerLost,
    ClosedBefore,
    Fault,
    Faults,
    Garbled,
    ServerError,
    Stall,
    TooMany,
    fault_for,
)
from tests.telegram_double.hangup import Hangup
from tests.telegram_double.parameters import Parameters, SentFile
from tests.telegram_double.pulse import Pulse
from tests.telegram_double.refusals import Refusal
from tests.telegram_double.webhook import Courier
from tests.telegram_double.world import Call, World, changed

METHODS = {**sending.METHODS, **editing.METHODS, **asking.METHODS, **files.METHODS}
_NAMES = {name.lower(): name for name in [*METHODS, "getUpdates"]}
_LONGEST_POLL = 50


class Server:
    """The application and what it needs while it runs."""

    def __init__(self, world: World, faults: Faults, bugs: list[str], webhook_retry: float) -> None:
        self._world = world
        self._faults = faults
        self._webhook_retry = webhook_retry
        self._running: set[asyncio.Task[Any]] = set()
        self._bugs = bugs
        self.connections: dict[Any, asyncio.Transport] = {}
        self.pulse = Pulse(world)
        routes = [
            Route("/bot{token}/{method}", self._call, methods=["GET", "POST"]),
            Route("/file/bot{token}/{path:path}", self._download, methods=["GET"]),
        ]
        self.application = Starlette(
            routes=routes, lifespan=self._lifespan, exception_handlers={404: _no_such_path, 405: _no_such_path}
        )

    @asynccontextmanager
    async def _lifespan(self, application: Starlette) -> AsyncIterator[None]:
        self.pulse.start()
        courier = Courier(self._world, self.pulse, self._webhook_retry, self._from_webhook)
        rounds = asyncio.create_task(courier.run())
        yield
        self.pulse.stop()
        ended = [*await asyncio.gather(rounds, return_exceptions=True), *courier.failures]
        self._bugs.extend("".join(traceback.format_exception(failure)) for failure in ended if failure is not None)

    async def end_waits(self) -> None:
        """Ends long polls and stalls, so that the server can stop."""
        self.pulse.stop()
        if self._running:
            await asyncio.wait(self._running)

    async def _call(self, request: Request) -> Response:
        task = asyncio.current_task()
        if task is not None and task not in self._running:
            self._running.add(task)
            task.add_done_callback(self._running.discard)
        try:
            return await self._answer(request)
        except ClientDisconnect:
            return Response()
        except Refusal as refusal:
            return _json(refusal.envelope(), refusal.code)
        except Exception:  # noqa: BLE001 - a fault of the double itself: the test must fail by it, not the bot
            self._bugs.append(traceback.format_exc())
            return _json(Refusal(500, "Internal Server Error: the double is broken").envelope(), 500)

    async def _download(self, request: Request) -> Response:
        """A file by its path. Faults are scripted under the name "file"; it is noted as a call of that name."""
        task = asyncio.current_task()
        if task is not None:
            self._running.add(task)
            task.add_done_callback(self._running.discard)
        path = request.path_params["path"]
        parameters = Parameters({"path": path})
        try:
            if request.path_params["token"] != self._world.token:
                raise refusals.unauthorized()
            with self._world.lock:
                fault = fault_for(self._faults, "file", None)
            refused = self._refuse_unacted(fault, "file", parameters)
            if refused is not None:
                return refused
            if isinstance(fault, Stall):
                await self.pulse.rest(fault.seconds)
            with self._world.lock:
                upload = files.at_path(self._world, path)
        except Refusal as refusal:
            self._note("file", parameters, "refused", acted=False, code=refusal.code)
            return _json(refusal.envelope(), refusal.code)
        except ClientDisconnect:
            return Response()
        if isinstance(fault, AnswerLost):
            self._note("file", parameters, "lost", acted=True)
            return Hangup(self.connections)
        self._note("file", parameters, "ok", acted=True)
        content = upload.content[: len(upload.content) // 2] if isinstance(fault, Garbled) else upload.content
        return Response(content, media_type="application/octet-stream")

    async def _answer(self, request: Request) -> Response:
        if request.path_params["token"] != self._world.token:
            raise refusals.unauthorized()
        method = _NAMES.get(request.path_params["method"].lower())
        if method is None:
            self._note(request.path_params["method"], Parameters(), "refused", acted=False, code=404)
            raise refusals.method_unknown()
        parameters = await read_parameters(request)
        with self._world.lock:
            fault = fault_for(self._faults, method, parameters.chat())
        refused = self._refuse_unacted(fault, method, parameters)
        if refused is not None:
            return refused
        if isinstance(fault, Stall) and not fault.acts_first:
            await self.pulse.rest(fault.seconds)
            if await request.is_disconnected():
                self._note(method, parameters, "stalled", acted=False, code=0)
                return Response()
        return await self._act(fault, method, parameters)

    def _refuse_unacted(self, fault: Fault | None, method: str, parameters: Parameters) -> Response | None:
        """The answers that come instead of the act."""
        if isinstance(fault, ClosedBefore):
            self._note(method, parameters, "closed", acted=False, code=0)
            return Hangup(self.connections)
        if isinstance(fault, TooMany):
            refusal = refusals.too_many(fault.retry_after)
        elif isinstance(fault, ServerError):
            refusal = Refusal(fault.code, fault.description)
        else:
            return None
        self._note(method, parameters, "refused", acted=False, code=refusal.code, description=refusal.description)
        return _json(refusal.envelope(), refusal.code)

    async def _act(self, fault: Fault | None, method: str, parameters: Parameters) -> Response:
        outcome = {AnswerLost: "lost", Garbled: "garbled", Stall: "stalled"}.get(type(fault), "")
        if method == "getUpdates":
            answer = await self._get_updates(parameters, outcome)
        else:
            answer = self._perform(method, parameters, outcome)
        if isinstance(fault, AnswerLost):
            return Hangup(self.connections)
        if isinstance(fault, Garbled):
            return Response(fault.body, media_type="application/json")
        if isinstance(fault, Stall) and fault.acts_first:
            await self.pulse.rest(fault.seconds)
        return answer

    def _perform(self, method: str, parameters: Parameters, outcome: str) -> Response:
        with self._world.lock:
            try:
                result = METHODS[method](self._world, parameters)
            except Refusal as refusal:
                sentence = refusal.description
                self._note(method, parameters, "refused", acted=False, code=refusal.code, description=sentence)
                return _json(refusal.envelope(), refusal.code)
            self._note(method, parameters, outcome or "ok", acted=True)
        return _json(shapes.ok(result))

    def _note(
        self, method: str, parameters: Parameters, outcome: str, *, acted: bool, code: int = 200, description: str = ""
    ) -> None:
        world = self._world
        with world.lock:
            number = len(world.calls) + 1
            chat, payload = parameters.chat(), parameters.record()
            call = Call(number, world.clock(), method, chat, payload, outcome, acted, code, description)
            world.calls.append(call)
            changed(world)

    async def _get_updates(self, parameters: Parameters, outcome: str) -> Response:
        try:
            texts = await self._poll(parameters)
        except Refusal as refusal:
            sentence = refusal.description
            self._note("getUpdates", parameters, "refused", acted=False, code=refusal.code, description=sentence)
            raise
        self._note("getUpdates", parameters, outcome or "ok", acted=True)
        return _raw(b'{"ok":true,"result":[' + ",".join(texts).encode() + b"]}")

    async def _poll(self, parameters: Parameters) -> list[str]:
        """Waits for updates as long as the poller wishes. A newer poller that waits, or a webhook, ends the wait."""
        world = self._world
        limit = parameters.integer("limit", 100, least=1, most=100)
        timeout = parameters.integer("timeout", 0, least=0, most=_LONGEST_POLL)
        deadline = asyncio.get_running_loop().time() + timeout
        turn = 0
        while True:
            with world.lock:
                version = world.version
                if world.webhook is not None:
                    raise refusals.webhook_came() if turn else refusals.webhook_active()
                if turn and world.polls != turn:
                    raise refusals.other_poller()
                if not turn:
                    asking.allow(world, parameters)
                    updates.confirm(world.queue, parameters.integer("offset"))
                found = updates.batch(world.queue, limit)
                left = deadline - asyncio.get_running_loop().time()
                if found or left <= 0 or self.pulse.stopped:
                    return [update.text for update in found]
                if not turn:
                    world.polls += 1
                    turn = world.polls
                    changed(world)
                    version = world.version
            await self.pulse.wait(version, left)

    def _from_webhook(self, method: str, values: dict[str, Any]) -> None:
        """A call in the answer to a webhook; its result goes nowhere, and methods that only ask are ignored."""
        name = _NAMES.get(method.lower(), "")
        if name in METHODS and not name.startswith(("get", "setWebhook", "deleteWebhook")):
            self._perform(name, Parameters(values), "")


async def read_parameters(request: Request) -> Parameters:
    """The parameters from the address and from a JSON, form or multipart body."""
    values: dict[str, Any] = dict(request.query_params)
    files: dict[str, SentFile] = {}
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/json":
        values.update(_json_object(await request.body()))
    elif kind in {"application/x-www-form-urlencoded", "multipart/form-data"}:
        async with request.form(max_part_size=1_000_000) as form:
            for name, value in form.multi_items():
                if isinstance(value, UploadFile):
                    content = await value.read()
                    files[name] = SentFile(value.filename or name, content, value.content_type or "")
                else:
                    values[name] = value
    return Parameters(values, files)


def _json_object(body: bytes) -> dict[str, Any]:
    try:
        values = json.loads(body) if body else {}
    except ValueError:
        raise refusals.bad_request("can't parse JSON object") from None
    if not isinstance(values, dict):
        raise refusals.bad_request("object expected as request body")
    return {name: value for name, value in values.items() if value is not None}


def _json(body: dict[str, Any], status: int = 200) -> Response:
    return _raw(json.dumps(body).encode(), status)


def _raw(body: bytes, status: int = 200) -> Response:
    return Response(body, status_code=status, media_type="application/json")


async def _no_such_path(request: Request, error: Exception) -> Response:
    return _json(refusals.path_unknown().envelope(), 404)
