package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"
)

const stateless = "2026-07-28"

type page struct {
	Message string `json:"message"`
	URL     string `json:"url"`
}

type line struct {
	Level mcp.LoggingLevel `json:"level"`
	Data  any              `json:"data"`
}

type verse struct {
	Question  string `json:"question"`
	MaxTokens int64  `json:"maxTokens"`
}

// workshop is what every server of these tests offers, and what its tools know of each other.
type workshop struct {
	Instructions string          `json:"instructions"`
	Manual       string          `json:"manual"`
	LogoBase64   string          `json:"logoBase64"`
	ToneWords    []string        `json:"toneWords"`
	PartNumbers  []string        `json:"partNumbers"`
	Page         page            `json:"page"`
	EveryBlock   json.RawMessage `json:"everyBlock"`
	Lines        []line          `json:"lines"`
	Verse        verse           `json:"verse"`
	URIs         struct {
		Manual   string `json:"manual"`
		Logo     string `json:"logo"`
		Template string `json:"template"`
	} `json:"uris"`

	server    *mcp.Server
	mu        sync.Mutex
	permitted chan struct{}
	cancelled chan struct{}
	seen      sync.Once
}

func serve(how string, shop []byte) error {
	w := &workshop{permitted: make(chan struct{}), cancelled: make(chan struct{})}
	if err := json.Unmarshal(shop, w); err != nil {
		return err
	}
	w.server = mcp.NewServer(
		&mcp.Implementation{Name: "workshop", Title: "The workshop", Version: "3.1.4"},
		&mcp.ServerOptions{
			Instructions:       w.Instructions,
			CompletionHandler:  w.complete,
			SubscribeHandler:   func(context.Context, *mcp.SubscribeRequest) error { return nil },
			UnsubscribeHandler: func(context.Context, *mcp.UnsubscribeRequest) error { return nil },
		},
	)
	w.addTools()
	w.addQuestions()
	w.addRequests()
	w.addResources()
	w.addPrompts()
	if how == "stdio" {
		return w.server.Run(context.Background(), &mcp.StdioTransport{})
	}
	return serveHTTP(w.server, how)
}

type nothing struct{}

func text(said string) *mcp.CallToolResult {
	return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: said}}}
}

// tool adds a tool that says something, or asks, or fails.
func tool[In any](w *workshop, name string, handler func(context.Context, *mcp.CallToolRequest, In) (*mcp.CallToolResult, error)) {
	mcp.AddTool(w.server, &mcp.Tool{Name: name},
		func(ctx context.Context, req *mcp.CallToolRequest, in In) (*mcp.CallToolResult, any, error) {
			result, err := handler(ctx, req, in)
			return result, nil, err
		})
}

type numbers struct {
	A float64 `json:"a"`
	B float64 `json:"b"`
}

type sum struct {
	Sum float64 `json:"sum"`
}

type upTo struct {
	To int `json:"to"`
}

type words struct {
	Text string `json:"text"`
}

type delivery struct {
	Region string `json:"region"`
	Boards int    `json:"boards"`
}

func (w *workshop) addTools() {
	add := &mcp.Tool{
		Name:        "add",
		Description: "Adds two numbers",
		Annotations: &mcp.ToolAnnotations{ReadOnlyHint: true},
	}
	mcp.AddTool(w.server, add, func(_ context.Context, _ *mcp.CallToolRequest, in numbers) (*mcp.CallToolResult, sum, error) {
		return nil, sum{in.A + in.B}, nil
	})
	tool(w, "fail", func(context.Context, *mcp.CallToolRequest, nothing) (*mcp.CallToolResult, error) {
		return nil, errors.New("the hinge is stuck")
	})
	tool(w, "count", func(ctx context.Context, req *mcp.CallToolRequest, in upTo) (*mcp.CallToolResult, error) {
		permitted := w.permission()
		for step := 1; step <= in.To; step++ {
			if err := progress(ctx, req, step, in.To, fmt.Sprintf("step %d", step)); err != nil {
				return nil, err
			}
		}
		<-permitted
		return text(fmt.Sprintf("counted to %d", in.To)), nil
	})
	tool(w, "proceed", func(context.Context, *mcp.CallToolRequest, nothing) (*mcp.CallToolResult, error) {
		w.mu.Lock()
		defer w.mu.Unlock()
		close(w.permitted)
		return text("go on"), nil
	})
	tool(w, "speak", func(ctx context.Context, req *mcp.CallToolRequest, _ nothing) (*mcp.CallToolResult, error) {
		for _, line := range w.Lines {
			params := &mcp.LoggingMessageParams{Level: line.Level, Data: line.Data, Logger: "workshop"}
			if err := req.Session.Log(ctx, params); err != nil {
				return nil, err
			}
		}
		return text("spoken"), nil
	})
	tool(w, "wait", func(ctx context.Context, req *mcp.CallToolRequest, _ nothing) (*mcp.CallToolResult, error) {
		if err := progress(ctx, req, 1, 0, ""); err != nil {
			return nil, err
		}
		<-ctx.Done()
		w.seen.Do(func() { close(w.cancelled) })
		return text("never read"), nil
	})
	tool(w, "cancelled", func(context.Context, *mcp.CallToolRequest, nothing) (*mcp.CallToolResult, error) {
		<-w.cancelled
		return text("seen"), nil
	})
	tool(w, "repeat", func(_ context.Context, _ *mcp.CallToolRequest, in words) (*mcp.CallToolResult, error) {
		return text(in.Text), nil
	})
	mcp.AddTool(w.server, &mcp.Tool{Name: "deliver", InputSchema: deliverySchema},
		func(_ context.Context, _ *mcp.CallToolRequest, in delivery) (*mcp.CallToolResult, any, error) {
			return text(fmt.Sprintf("%d boards to %s", in.Boards, in.Region)), nil, nil
		})
	tool(w, "show", func(context.Context, *mcp.CallToolRequest, nothing) (*mcp.CallToolResult, error) {
		return recode[*mcp.CallToolResult](map[string]any{"content": w.EveryBlock})
	})
	tool(w, "grow", func(context.Context, *mcp.CallToolRequest, nothing) (*mcp.CallToolResult, error) {
		tool(w, "grown", func(context.Context, *mcp.CallToolRequest, nothing) (*mcp.CallToolResult, error) {
			return text("new here"), nil
		})
		return text("grown"), nil
	})
	tool(w, "revise", func(ctx context.Context, _ *mcp.CallToolRequest, _ nothing) (*mcp.CallToolResult, error) {
		changed := &mcp.ResourceUpdatedNotificationParams{URI: w.URIs.Manual}
		return text("revised"), w.server.ResourceUpdated(ctx, changed)
	})
}

var deliverySchema = json.RawMessage(`{
	"type": "object",
	"properties": {
		"region": {"type": "string", "x-mcp-header": "Region"},
		"boards": {"type": "integer"}
	},
	"required": ["region", "boards"]
}`)

func (w *workshop) permission() chan struct{} {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.permitted = make(chan struct{})
	return w.permitted
}

func progress(ctx context.Context, req *mcp.CallToolRequest, step, total int, message string) error {
	token := req.Params.GetProgressToken()
	if token == nil {
		return nil
	}
	return req.Session.NotifyProgress(ctx, &mcp.ProgressNotificationParams{
		ProgressToken: token,
		Progress:      float64(step),
		Total:         float64(total),
		Message:       message,
	})
}

func (w *workshop) addResources() {
	manual := &mcp.Resource{URI: w.URIs.Manual, Name: "manual", MIMEType: "text/plain"}
	logo := &mcp.Resource{URI: w.URIs.Logo, Name: "logo", MIMEType: "image/png"}
	w.server.AddResource(manual, w.read)
	w.server.AddResource(logo, w.read)
	for _, number := range w.PartNumbers {
		w.server.AddResource(&mcp.Resource{URI: w.part(number), Name: "part " + number}, w.read)
	}
	parts := &mcp.ResourceTemplate{URITemplate: w.URIs.Template, Name: "part", MIMEType: "text/plain"}
	w.server.AddResourceTemplate(parts, w.read)
}

func (w *workshop) part(number string) string {
	return strings.Replace(w.URIs.Template, "{id}", number, 1)
}

func (w *workshop) read(_ context.Context, req *mcp.ReadResourceRequest) (*mcp.ReadResourceResult, error) {
	contents := &mcp.ResourceContents{URI: req.Params.URI, MIMEType: "text/plain"}
	result := &mcp.ReadResourceResult{Contents: []*mcp.ResourceContents{contents}}
	switch req.Params.URI {
	case w.URIs.Manual:
		contents.Text = w.Manual
		return result, nil
	case w.URIs.Logo:
		contents.MIMEType = "image/png"
		blob, err := base64.StdEncoding.DecodeString(w.LogoBase64)
		contents.Blob = blob
		return result, err
	}
	for _, number := range w.PartNumbers {
		if req.Params.URI == w.part(number) {
			contents.Text = "part number " + number
			return result, nil
		}
	}
	return nil, mcp.ResourceNotFoundError(req.Params.URI)
}

func (w *workshop) addPrompts() {
	greet := &mcp.Prompt{Name: "greet", Description: "Greets somebody", Arguments: []*mcp.PromptArgument{
		{Name: "name", Required: true}, {Name: "tone"},
	}}
	w.server.AddPrompt(greet, func(_ context.Context, req *mcp.GetPromptRequest) (*mcp.GetPromptResult, error) {
		name, ok := req.Params.Arguments["name"]
		if !ok {
			return nil, &jsonrpc.Error{Code: jsonrpc.CodeInvalidParams, Message: "greet whom?"}
		}
		tone := req.Params.Arguments["tone"]
		if tone == "" {
			tone = "plain"
		}
		return said(fmt.Sprintf("Greet %s in a %s way", name, tone)), nil
	})
	plan := &mcp.Prompt{Name: "plan", Description: "Asks before it says anything"}
	w.server.AddPrompt(plan, func(_ context.Context, req *mcp.GetPromptRequest) (*mcp.GetPromptResult, error) {
		where := answer(req.Params.InputResponses, "place")
		if where == nil {
			return &mcp.GetPromptResult{InputRequests: mcp.InputRequestMap{"place": place}}, nil
		}
		return said(fmt.Sprintf("Plan a week in %v", where.Content["city"])), nil
	})
}

func said(words string) *mcp.GetPromptResult {
	message := &mcp.PromptMessage{Role: "user", Content: &mcp.TextContent{Text: words}}
	return &mcp.GetPromptResult{Messages: []*mcp.PromptMessage{message}}
}

func (w *workshop) complete(_ context.Context, req *mcp.CompleteRequest) (*mcp.CompleteResult, error) {
	known := map[string][]string{"tone": w.ToneWords, "id": w.PartNumbers}[req.Params.Argument.Name]
	values := []string{}
	for _, word := range known {
		if strings.HasPrefix(word, req.Params.Argument.Value) {
			values = append(values, word)
		}
	}
	return &mcp.CompleteResult{Completion: mcp.CompletionResultDetails{Values: values}}, nil
}
