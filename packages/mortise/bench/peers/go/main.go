// The official Go SDK: `peer http` and `peer http-stateless` say their address on stdout, `peer stdio` serves over stdio.
package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

type words struct {
	Text string `json:"text"`
}

type nothing struct{}

type document struct {
	Path      string `json:"path" jsonschema:"Where the document is, from the root of the collection"`
	Target    string `json:"target" jsonschema:"The folder to move it to"`
	Overwrite bool   `json:"overwrite,omitempty" jsonschema:"Whether one of the same name is replaced"`
}

const notes = 1000

var big = strings.Repeat("The quick brown fox jumps over the lazy dog, and the dog sleeps \n"[:63]+"\n", 16384)

func text(said string) *mcp.CallToolResult {
	return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: said}}}
}

func tool[In any](server *mcp.Server, name, description string, run func(context.Context, *mcp.CallToolRequest, In) string) {
	mcp.AddTool(server, &mcp.Tool{Name: name, Description: description},
		func(ctx context.Context, req *mcp.CallToolRequest, in In) (*mcp.CallToolResult, any, error) {
			return text(run(ctx, req, in)), nil, nil
		})
}

func create(further int) *mcp.Server {
	server := mcp.NewServer(&mcp.Implementation{Name: "bench", Version: "1.0.0"}, &mcp.ServerOptions{PageSize: 1000})
	tool(server, "echo", "", func(_ context.Context, _ *mcp.CallToolRequest, in words) string { return in.Text })
	tool(server, "measure", "", func(_ context.Context, _ *mcp.CallToolRequest, in words) string { return fmt.Sprint(len(in.Text)) })
	tool(server, "print", "", func(context.Context, *mcp.CallToolRequest, nothing) string { return big })
	tool(server, "count", "", func(ctx context.Context, req *mcp.CallToolRequest, _ nothing) string {
		for note := 1; note <= notes; note++ {
			_ = req.Session.NotifyProgress(ctx, &mcp.ProgressNotificationParams{
				ProgressToken: req.Params.GetProgressToken(), Progress: float64(note), Total: notes,
			})
		}
		return "counted"
	})
	for index := range further {
		tool(server, fmt.Sprintf("move_document_%d", index),
			fmt.Sprintf("Moves a document of collection %d into another folder and tells its readers.", index),
			func(_ context.Context, _ *mcp.CallToolRequest, in document) string { return in.Path })
	}
	return server
}

func run() error {
	server := create(200)
	if os.Args[1] == "stdio" {
		return server.Run(context.Background(), &mcp.StdioTransport{})
	}
	options := &mcp.StreamableHTTPOptions{JSONResponse: true, Stateless: os.Args[1] == "http-stateless"}
	handler := mcp.NewStreamableHTTPHandler(func(*http.Request) *mcp.Server { return server }, options)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Printf("http://%s/mcp\n", listener.Addr())
	return http.Serve(listener, handler)
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
