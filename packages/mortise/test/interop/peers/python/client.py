"""A client of the official Python SDK that connects and does what it is told on stdin: `client.py ORDERS`, in JSON."""

import json
import logging
import sys
import warnings
from contextlib import AsyncExitStack

import anyio
import mcp.client.session
import mcp.client.stdio
import mcp_types as types
from mcp.client.client import Client
from mcp.client.stdio import StdioServerParameters
from mcp.client.streamable_http import streamable_http_client
from mcp.shared._httpx_utils import create_mcp_http_client
from mcp.shared.exceptions import MCPDeprecationWarning, MCPError

warnings.simplefilter("ignore", MCPDeprecationWarning)
# It warns of every call of a tool that it has not listed.
logging.disable(logging.WARNING)
# A server that starts late on a slow machine is no older one, and one that is slow to end is not hung.
mcp.client.session.DISCOVER_TIMEOUT_SECONDS = 45.0
mcp.client.stdio.PROCESS_TERMINATION_TIMEOUT = 45.0


def plain(value):
    return value.model_dump(by_alias=True, mode="json", exclude_none=True)


def tell(**message):
    print(json.dumps(message), flush=True)


def mode_for(version):
    """How the client is to find out the version; the SDK itself offers no older one than the newest that has sessions."""
    if version is None:
        return "auto"
    if version == types.LATEST_PROTOCOL_VERSION:
        return version
    mcp.client.session.LATEST_HANDSHAKE_VERSION = version
    return "legacy"


def first_cause(error):
    """What is in the groups that task groups make of errors."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


class Driven:
    def __init__(self):
        self.client = None
        self.roots = []
        self.listening = {}
        self.session_id = None
        self.pid = None
        self.calls = {}
        self.questions = []

    async def run(self, orders):
        self.roots = orders["roots"]
        async with AsyncExitStack() as stack:
            try:
                server = await self.reach(stack, orders)
                self.client = await stack.enter_async_context(
                    Client(
                        server,
                        mode=mode_for(orders.get("version")),
                        client_info=types.Implementation(name="python", version="1.0.0"),
                        elicitation_callback=self.elicit,
                        sampling_callback=self.sample,
                        list_roots_callback=self.list_roots,
                        logging_callback=self.log,
                        message_handler=self.hear,
                    )
                )
            except Exception as error:
                tell(on="failed", message=str(first_cause(error)))
                return
            tell(
                on="connected",
                version=self.client.protocol_version,
                server=self.client.server_info and plain(self.client.server_info),
                instructions=self.client.instructions,
                capabilities=plain(self.client.server_capabilities),
                sessionId=self.session_id,
                pid=self.pid,
            )
            closing = await self.obey(orders)
        tell(id=closing, result=None)

    async def reach(self, stack, orders):
        if "url" not in orders:
            self.keep_pid()
            return StdioServerParameters(command=orders["command"], args=orders["args"])
        http = await stack.enter_async_context(create_mcp_http_client())

        async def keep_session(response):
            self.session_id = response.headers.get("mcp-session-id", self.session_id)

        http.event_hooks["response"] = [keep_session]
        return streamable_http_client(orders["url"], http_client=http)

    def keep_pid(self):
        """The SDK shows nobody the process that it starts."""
        start = anyio.open_process

        async def start_and_keep(*args, **options):
            process = await start(*args, **options)
            self.pid = process.pid
            return process

        anyio.open_process = start_and_keep

    async def obey(self, orders):
        """Does one line of stdin after the other, all at once, until it is told to close."""
        stdin = anyio.wrap_file(sys.stdin)
        async with anyio.create_task_group() as group:
            # In this era one hears of changes for as long as one listens.
            if orders.get("version") is None and self.is_stateless():
                await group.start(self.listen, {"tools_list_changed": True})
            while line := await stdin.readline():
                order = json.loads(line)
                if order["do"] == "close":
                    group.cancel_scope.cancel()
                    return order["id"]
                group.start_soon(self.carry_out, order, group)

    async def listen(self, wanted, task_status=anyio.TASK_STATUS_IGNORED):
        with anyio.CancelScope() as scope:
            async with self.client.listen(**wanted) as changes:
                task_status.started(scope)
                async for _change in changes:
                    # The message handler is told of each, too.
                    pass

    def is_stateless(self):
        return self.client.protocol_version == types.LATEST_PROTOCOL_VERSION

    async def carry_out(self, order, group):
        with anyio.CancelScope() as scope:
            self.calls[order["id"]] = scope
            try:
                tell(id=order["id"], result=await self.do(order, order.get("params") or {}, group))
            except MCPError as error:
                told = {"code": error.error.code, "message": error.error.message}
                tell(id=order["id"], error=told)
            except Exception as error:
                tell(id=order["id"], error={"message": str(first_cause(error))})
        if scope.cancelled_caught:
            tell(id=order["id"], error={"message": "cancelled"})

    async def do(self, order, params, group):
        client = self.client
        match order["do"]:
            case "tools/call":
                return plain(await self.call(order, params))
            case "tools/list":
                return plain(await client.list_tools(**params))
            case "resources/list":
                return plain(await client.list_resources(**params))
            case "resources/templates/list":
                return plain(await client.list_resource_templates(**params))
            case "resources/read":
                return plain(await client.read_resource(**params))
            case "prompts/list":
                return plain(await client.list_prompts(**params))
            case "prompts/get":
                return plain(await client.get_prompt(**params))
            case "completion/complete":
                kinds = {
                    "ref/prompt": types.PromptReference,
                    "ref/resource": types.ResourceTemplateReference,
                }
                ref = kinds[params["ref"]["type"]].model_validate(params["ref"])
                return plain(await client.complete(ref, params["argument"]))
            case "logging/setLevel":
                return plain(await client.set_logging_level(**params))
            case "ping":
                return plain(await client.send_ping())
            case "resources/subscribe" if self.is_stateless():
                wanted = {"resource_subscriptions": [params["uri"]]}
                self.listening[params["uri"]] = await group.start(self.listen, wanted)
                return None
            case "resources/unsubscribe" if params["uri"] in self.listening:
                self.listening.pop(params["uri"]).cancel()
                return None
            case "resources/subscribe":
                return plain(await client.subscribe_resource(params["uri"]))
            case "resources/unsubscribe":
                return plain(await client.unsubscribe_resource(params["uri"]))
            case "cancel":
                if scope := self.calls.get(params["id"]):
                    scope.cancel()
                return None
            case "answer":
                self.questions[params["key"]].send_nowait(params["result"])
                return None
        raise ValueError(f"nobody taught me to {order['do']}")

    async def call(self, order, params):
        async def progress(progress, total, message):
            step = {"progress": progress, "total": total, "message": message}
            told = {key: value for key, value in step.items() if value is not None}
            tell(on="progress", id=order["id"], params=told)

        return await self.client.call_tool(
            params["name"],
            params["arguments"],
            progress_callback=progress if order.get("wants") == "progress" else None,
            meta=params.get("_meta"),
        )

    async def elicit(self, _context, params):
        return types.ElicitResult.model_validate(await self.ask("elicit", params))

    async def sample(self, _context, params):
        return types.CreateMessageResult.model_validate(await self.ask("sample", params))

    async def list_roots(self, _context):
        return types.ListRootsResult.model_validate({"roots": self.roots})

    async def ask(self, what, params):
        send, receive = anyio.create_memory_object_stream(1)
        self.questions.append(send)
        tell(on=what, key=len(self.questions) - 1, params=plain(params))
        return await receive.receive()

    async def log(self, params):
        tell(on="log", params=plain(params))

    async def hear(self, message):
        if isinstance(message, types.ToolListChangedNotification):
            tell(on="toolsChanged")
        if isinstance(message, types.ResourceUpdatedNotification):
            tell(on="updated", uri=str(message.params.uri))


anyio.run(Driven().run, json.loads(sys.argv[1]))
