"""The workshop, made with the official Python SDK: `server.py stdio|http|http-resumable|http-json WORKSHOP`.

WORKSHOP is JSON: the texts that every server of these tests offers. Over HTTP the address is the first line of stdout, and
`GET /seen` tells how many sessions are open and which headers the last POST had.
"""

import json
import socket
import sys
import warnings

import anyio
import jsonschema
import mcp_types as types
import uvicorn
from mcp.server.lowlevel.server import NotificationOptions, Server
from mcp.server.request_state import RequestStateBoundary, RequestStateSecurity
from mcp.server.stdio import stdio_server
from mcp.server.streamable_http import EventMessage, EventStore
from mcp.server.subscriptions import (
    InMemorySubscriptionBus,
    ListenHandler,
    ResourceUpdated,
    ToolsListChanged,
)
from mcp.shared.exceptions import MCPDeprecationWarning, MCPError
from mcp.shared.message import ServerMessageMetadata
from starlette.responses import JSONResponse
from starlette.routing import Route

warnings.simplefilter("ignore", MCPDeprecationWarning)

STATELESS = "2026-07-28"
LEVELS = ["debug", "info", "notice", "warning", "error", "critical", "alert", "emergency"]
NOTHING = {"type": "object", "properties": {}}
CITY = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
STAY = {"type": "object", "properties": {"nights": {"type": "integer", "minimum": 1, "default": 2}}}
NUMBER = {"type": "number"}
STRING = {"type": "string"}


def takes(required=(), **properties):
    return {"type": "object", "properties": properties, "required": list(required)}


def text(said):
    return types.CallToolResult(content=[types.TextContent(text=said)])


class Asking(Exception):
    """Ends a round of a request: the client is to answer questions and ask again."""

    def __init__(self, questions, answers):
        super().__init__("the client has to answer first")
        self.questions = questions
        self.answers = answers

    def result(self):
        # The SDK seals the state, so that no client can read or change it.
        return types.InputRequiredResult(
            input_requests=self.questions, request_state=json.dumps(self.answers)
        )


ANSWERS = {
    types.ElicitRequest: types.ElicitResult,
    types.CreateMessageRequest: types.CreateMessageResult,
    types.ListRootsRequest: types.ListRootsResult,
}


class Round:
    """One round of a request that may ask: by itself in a session, by returning questions in the stateless era."""

    def __init__(self, ctx, params):
        self.ctx = ctx
        self.params = params
        state = getattr(params, "request_state", None)
        self.answers = json.loads(state) if state else {}
        for key, answer in (getattr(params, "input_responses", None) or {}).items():
            self.answers[key] = answer.model_dump(by_alias=True, mode="json", exclude_none=True)

    async def ask(self, **questions):
        """Asks all at once; the answers are in the order of the questions."""
        if self.ctx.protocol_version != STATELESS:
            return await self._request(questions)
        open_ones = {key: question for key, question in questions.items() if key not in self.answers}
        if open_ones:
            raise Asking(open_ones, self.answers)
        return [self.answers[key] for key in questions]

    async def _request(self, questions):
        answers = {}

        async def one(key, request):
            answer = await self.ctx.session.send_request(
                request,
                ANSWERS[type(request)],
                metadata=ServerMessageMetadata(related_request_id=self.ctx.request_id),
            )
            answers[key] = answer.model_dump(by_alias=True, mode="json", exclude_none=True)

        async with anyio.create_task_group() as group:
            for key, request in questions.items():
                group.start_soon(one, key, request)
        return [answers[key] for key in questions]


def form(message, schema):
    params = types.ElicitRequestFormParams(message=message, requested_schema=schema)
    return types.ElicitRequest(params=params)


def page(message, url):
    params = types.ElicitRequestURLParams(message=message, url=url, elicitation_id="order-7")
    return types.ElicitRequest(params=params)


def booked(place, nights=None):
    if place["action"] != "accept":
        return f"no place: {place['action']}"
    city = place["content"]["city"]
    if nights["action"] != "accept":
        return f"{city}, no nights: {nights['action']}"
    return f"{city} for {nights['content']['nights']}"


class Telling(Server):
    """Says that its list of tools may change, which the HTTP side of the SDK leaves out."""

    def create_initialization_options(self, notification_options=None, *rest, **more):
        options = notification_options or NotificationOptions(tools_changed=True)
        return super().create_initialization_options(options, *rest, **more)


class Workshop:
    def __init__(self, shop):
        self.shop = shop
        self.level = "debug"
        self.permitted = anyio.Event()
        self.cancelled = anyio.Event()
        self.bus = InMemorySubscriptionBus()
        self.subscribed = set()
        self.tools = {
            "add": types.Tool(
                name="add",
                description="Adds two numbers",
                input_schema=takes(["a", "b"], a=NUMBER, b=NUMBER),
                output_schema=takes(["sum"], sum=NUMBER),
                annotations=types.ToolAnnotations(read_only_hint=True),
            )
        }
        region = {"type": "string", "x-mcp-header": "Region"}
        schemas = {
            "count": takes(["to"], to={"type": "integer"}),
            "repeat": takes(["text"], text=STRING),
            "deliver": takes(["region", "boards"], region=region, boards={"type": "integer"}),
        }
        for name in shop["toolNames"][1:]:
            self.tools[name] = types.Tool(name=name, input_schema=schemas.get(name, NOTHING))

    def server(self):
        server = Telling(
            "workshop",
            version="3.1.4",
            title="The workshop",
            instructions=self.shop["instructions"],
            on_list_tools=self.list_tools,
            on_call_tool=self.call_tool,
            on_list_resources=self.list_resources,
            on_list_resource_templates=self.list_templates,
            on_read_resource=self.read,
            on_list_prompts=self.list_prompts,
            on_get_prompt=self.get_prompt,
            on_completion=self.complete,
            on_set_logging_level=self.set_level,
            on_subscribe_resource=self.subscribe,
            on_unsubscribe_resource=self.unsubscribe,
            on_subscriptions_listen=ListenHandler(self.bus),
        )
        security = RequestStateSecurity.ephemeral()
        server.middleware.append(RequestStateBoundary(security, default_audience="workshop"))
        return server

    async def list_tools(self, ctx, params):
        return types.ListToolsResult(tools=list(self.tools.values()))

    async def call_tool(self, ctx, params):
        tool = self.tools.get(params.name)
        if tool is None:
            raise MCPError(code=types.INVALID_PARAMS, message=f"no tool {params.name}")
        args = params.arguments or {}
        try:
            jsonschema.validate(args, tool.input_schema)
        except jsonschema.ValidationError as wrong:
            return types.CallToolResult(
                content=[types.TextContent(text=wrong.message)], is_error=True
            )
        try:
            return await getattr(self, f"tool_{tool.name}")(Round(ctx, params), args)
        except Asking as asking:
            return asking.result()

    async def tool_add(self, turn, args):
        total = args["a"] + args["b"]
        return types.CallToolResult(
            content=[types.TextContent(text=json.dumps({"sum": total}, separators=(",", ":")))],
            structured_content={"sum": total},
        )

    async def tool_fail(self, turn, args):
        said = [types.TextContent(text="the hinge is stuck")]
        return types.CallToolResult(content=said, is_error=True)

    async def tool_count(self, turn, args):
        self.permitted = permitted = anyio.Event()
        for step in range(1, args["to"] + 1):
            await turn.ctx.session.report_progress(step, args["to"], f"step {step}")
        await permitted.wait()
        return text(f"counted to {args['to']}")

    async def tool_proceed(self, turn, args):
        self.permitted.set()
        return text("go on")

    async def tool_speak(self, turn, args):
        for line in self.shop["lines"]:
            # In a session the SDK sends everything: what the client chose is the server's to keep.
            if LEVELS.index(line["level"]) >= LEVELS.index(self.level):
                await turn.ctx.session.send_log_message(
                    line["level"], line["data"], "workshop", related_request_id=turn.ctx.request_id
                )
        return text("spoken")

    async def tool_wait(self, turn, args):
        try:
            await turn.ctx.session.report_progress(1)
            await anyio.sleep_forever()
        except anyio.get_cancelled_exc_class():
            self.cancelled.set()
            raise

    async def tool_cancelled(self, turn, args):
        await self.cancelled.wait()
        return text("seen")

    async def tool_book(self, turn, args):
        [place] = await turn.ask(place=form("Which city?", CITY))
        if place["action"] != "accept":
            return text(booked(place))
        [nights] = await turn.ask(nights=form("How many nights?", STAY))
        return text(booked(place, nights))

    async def tool_pair(self, turn, args):
        place, nights = await turn.ask(
            place=form("Which city?", CITY), nights=form("How many nights?", STAY)
        )
        return text(booked(place, nights))

    async def tool_visit(self, turn, args):
        [visit] = await turn.ask(visit=page(**self.shop["page"]))
        return text(f"the user says {visit['action']}")

    async def tool_repeat(self, turn, args):
        return text(args["text"])

    async def tool_deliver(self, turn, args):
        return text(f"{args['boards']} boards to {args['region']}")

    async def tool_show(self, turn, args):
        return types.CallToolResult.model_validate({"content": self.shop["everyBlock"]})

    async def tool_grow(self, turn, args):
        self.tools["grown"] = types.Tool(name="grown", input_schema=NOTHING)
        if turn.ctx.protocol_version == STATELESS:
            await self.bus.publish(ToolsListChanged())
        else:
            await turn.ctx.session.send_tool_list_changed()
        return text("grown")

    async def tool_write(self, turn, args):
        asked = types.SamplingMessage(
            role="user", content=types.TextContent(text=self.shop["verse"]["question"])
        )
        params = types.CreateMessageRequestParams(
            messages=[asked], max_tokens=self.shop["verse"]["maxTokens"]
        )
        [written] = await turn.ask(verse=types.CreateMessageRequest(params=params))
        content = written["content"]
        block = content[0] if isinstance(content, list) else content
        return text(f"{written['model']}: {block['text']}")

    async def tool_look(self, turn, args):
        [places] = await turn.ask(places=types.ListRootsRequest())
        return text(", ".join(root["name"] for root in places["roots"]))

    async def tool_revise(self, turn, args):
        uri = self.shop["uris"]["manual"]
        if turn.ctx.protocol_version == STATELESS:
            await self.bus.publish(ResourceUpdated(uri=uri))
        elif uri in self.subscribed:
            await turn.ctx.session.send_resource_updated(uri)
        return text("revised")

    async def subscribe(self, ctx, params):
        self.subscribed.add(params.uri)
        return types.EmptyResult()

    async def unsubscribe(self, ctx, params):
        self.subscribed.discard(params.uri)
        return types.EmptyResult()

    async def list_resources(self, ctx, params):
        uris = self.shop["uris"]
        resources = [
            types.Resource(uri=uris["manual"], name="manual", mime_type="text/plain"),
            types.Resource(uri=uris["logo"], name="logo", mime_type="image/png"),
        ]
        for number in self.shop["partNumbers"]:
            resources.append(types.Resource(uri=self.part(number), name=f"part {number}"))
        return types.ListResourcesResult(resources=resources)

    def part(self, number):
        return self.shop["uris"]["template"].replace("{id}", number)

    async def list_templates(self, ctx, params):
        template = types.ResourceTemplate(
            uri_template=self.shop["uris"]["template"], name="part", mime_type="text/plain"
        )
        return types.ListResourceTemplatesResult(resource_templates=[template])

    async def read(self, ctx, params):
        uris = self.shop["uris"]
        if params.uri == uris["logo"]:
            logo = types.BlobResourceContents(
                uri=params.uri, mime_type="image/png", blob=self.shop["logoBase64"]
            )
            return types.ReadResourceResult(contents=[logo])
        texts = {self.part(number): f"part number {number}" for number in self.shop["partNumbers"]}
        texts[uris["manual"]] = self.shop["manual"]
        if params.uri not in texts:
            raise MCPError(code=types.INVALID_PARAMS, message=f"no resource {params.uri}")
        found = types.TextResourceContents(
            uri=params.uri, mime_type="text/plain", text=texts[params.uri]
        )
        return types.ReadResourceResult(contents=[found])

    async def list_prompts(self, ctx, params):
        greet = types.Prompt(
            name="greet",
            description="Greets somebody",
            arguments=[
                types.PromptArgument(name="name", required=True),
                types.PromptArgument(name="tone", required=False),
            ],
        )
        plan = types.Prompt(name="plan", description="Asks before it says anything")
        return types.ListPromptsResult(prompts=[greet, plan])

    async def get_prompt(self, ctx, params):
        args = params.arguments or {}
        if params.name == "plan":
            try:
                [place] = await Round(ctx, params).ask(place=form("Which city?", CITY))
            except Asking as asking:
                return asking.result()
            return said(f"Plan a week in {place['content']['city']}")
        if params.name != "greet" or "name" not in args:
            raise MCPError(code=types.INVALID_PARAMS, message="no such prompt, or no name")
        return said(f"Greet {args['name']} in a {args.get('tone', 'plain')} way")

    async def complete(self, ctx, params):
        known = {"tone": self.shop["toneWords"], "id": self.shop["partNumbers"]}
        words = known.get(params.argument.name, [])
        values = [word for word in words if word.startswith(params.argument.value)]
        return types.CompleteResult(completion=types.Completion(values=values))

    async def set_level(self, ctx, params):
        self.level = params.level
        return types.EmptyResult()


def said(words):
    message = types.PromptMessage(role="user", content=types.TextContent(text=words))
    return types.GetPromptResult(messages=[message])


class Seen:
    """Watches an app: how many sessions are open, and what the headers of the last POST were."""

    def __init__(self, app):
        self.app = app
        self.open = 0
        self.headers = {}

    async def __call__(self, scope, receive, send):
        method = scope.get("method")
        if method == "POST":
            self.headers = {name.decode(): value.decode("latin-1") for name, value in scope["headers"]}
        began = method == "POST" and "mcp-session-id" not in self.headers

        async def counted(message):
            if message["type"] == "http.response.start" and message["status"] < 300:
                names = [name.lower() for name, _value in message["headers"]]
                self.open += began and b"mcp-session-id" in names
                self.open -= method == "DELETE"
            await send(message)

        await self.app(scope, receive, counted)

    async def tell(self, _request):
        return JSONResponse({"open": self.open, "headers": self.headers})


async def over_stdio(server):
    async with stdio_server() as (read, write):
        await server.run(read, write, server.create_initialization_options())


class Events(EventStore):
    """Keeps every event, for clients that come back for what they have missed."""

    def __init__(self):
        self.events = []

    async def store_event(self, stream_id, message):
        self.events.append((stream_id, message))
        return str(len(self.events) - 1)

    async def replay_events_after(self, last_event_id, send_callback):
        last = int(last_event_id)
        stream = self.events[last][0]
        for number, (stream_id, message) in list(enumerate(self.events))[last + 1 :]:
            if stream_id == stream and message is not None:
                await send_callback(EventMessage(message, str(number)))
        return stream


async def over_http(server, how):
    app = server.streamable_http_app(
        json_response=how == "http-json",
        event_store=Events() if how == "http-resumable" else None,
        retry_interval=10,
    )
    seen = Seen(app)
    app.router.routes.append(Route("/seen", seen.tell))
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    # Before anybody is told: who comes early waits.
    listener.listen()
    print(f"http://127.0.0.1:{listener.getsockname()[1]}/mcp", flush=True)
    config = uvicorn.Config(seen, log_level="error", timeout_graceful_shutdown=1)
    await uvicorn.Server(config).serve(sockets=[listener])


async def main():
    how, shop = sys.argv[1:]
    server = Workshop(json.loads(shop)).server()
    if how == "stdio":
        await over_stdio(server)
    else:
        await over_http(server, how)


anyio.run(main)
