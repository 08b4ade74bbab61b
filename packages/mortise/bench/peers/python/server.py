"""The official Python SDK: `server.py http` (or `http-stateless`) says its address on stdout, `server.py stdio` serves over stdio."""

import socket
import sys
from typing import Annotated

import anyio
import uvicorn
from mcp.server import MCPServer
from pydantic import Field

server = MCPServer("bench", log_level="ERROR")
big = ("The quick brown fox jumps over the lazy dog, and the dog sleeps "[:63] + "\n") * 16384


@server.tool(structured_output=False)
def echo(text: str) -> str:
    return text


@server.tool(structured_output=False)
def measure(text: str) -> str:
    return str(len(text))


@server.tool(name="print", structured_output=False)
def print_() -> str:
    return big


def move(
    path: Annotated[str, Field(description="Where the document is, from the root of the collection")],
    target: Annotated[str, Field(description="The folder to move it to")],
    overwrite: Annotated[bool, Field(description="Whether one of the same name is replaced")] = False,
) -> str:
    return path


for index in range(200):
    server.add_tool(
        move,
        name=f"move_document_{index}",
        description=f"Moves a document of collection {index} into another folder and tells its readers.",
        structured_output=False,
    )


async def over_http():
    app = server.streamable_http_app(json_response=True)
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    print(f"http://127.0.0.1:{listener.getsockname()[1]}/mcp", flush=True)
    await uvicorn.Server(uvicorn.Config(app, log_level="error")).serve(sockets=[listener])


if sys.argv[1] == "stdio":
    server.run("stdio")
else:
    anyio.run(over_http)
