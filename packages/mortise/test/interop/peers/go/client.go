package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"time"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// patience is how long a server that is slow to end is waited for before it is sent a signal.
const patience = 45 * time.Second

// orders is how to connect: to a program or to a URL, and with which version at the most.
type orders struct {
	Command string      `json:"command"`
	Args    []string    `json:"args"`
	URL     string      `json:"url"`
	Version string      `json:"version"`
	Forms   bool        `json:"forms"`
	Roots   []*mcp.Root `json:"roots"`
}

// order is one line of stdin.
type order struct {
	ID     int             `json:"id"`
	Do     string          `json:"do"`
	Params json.RawMessage `json:"params"`
	Wants  string          `json:"wants"`
}

type driven struct {
	session *mcp.ClientSession
	mu      sync.Mutex
	calls   map[int]context.CancelFunc
	asked   map[int]chan json.RawMessage
	out     *json.Encoder
}

func beDriven(text []byte) error {
	var how orders
	if err := json.Unmarshal(text, &how); err != nil {
		return err
	}
	d := &driven{
		calls: map[int]context.CancelFunc{},
		asked: map[int]chan json.RawMessage{},
		out:   json.NewEncoder(os.Stdout),
	}
	d.out.SetEscapeHTML(false)
	lines := bufio.NewReaderSize(os.Stdin, 1<<20)
	if err := d.connect(how); err != nil {
		d.tell(map[string]any{"on": "failed", "message": err.Error()})
		return nil
	}
	var running sync.WaitGroup
	for {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			return d.session.Close()
		}
		var order order
		if err := json.Unmarshal(line, &order); err != nil {
			return err
		}
		// Asked before anything else is read, so that a cancellation finds its call.
		ctx := d.begin(order.ID)
		if order.Do == "close" {
			d.answer(order.ID, nil, d.session.Close())
			return nil
		}
		running.Add(1)
		go func() {
			defer running.Done()
			result, err := d.do(ctx, order)
			d.answer(order.ID, result, err)
		}()
	}
}

func (d *driven) tell(message map[string]any) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.out.Encode(message); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
}

func (d *driven) begin(id int) context.Context {
	d.mu.Lock()
	defer d.mu.Unlock()
	ctx, cancel := context.WithCancel(context.Background())
	d.calls[id] = cancel
	return ctx
}

func (d *driven) answer(id int, result any, err error) {
	d.mu.Lock()
	d.calls[id]()
	delete(d.calls, id)
	d.mu.Unlock()
	if err == nil {
		d.tell(map[string]any{"id": id, "result": result})
		return
	}
	told := map[string]any{"message": err.Error()}
	var wire *jsonrpc.Error
	if errors.As(err, &wire) {
		told["code"] = wire.Code
	}
	d.tell(map[string]any{"id": id, "error": told})
}

func (d *driven) connect(how orders) error {
	capabilities := &mcp.ClientCapabilities{RootsV2: &mcp.RootCapabilities{}}
	if !how.Forms {
		capabilities.Elicitation = &mcp.ElicitationCapabilities{
			Form: &mcp.FormElicitationCapabilities{}, URL: &mcp.URLElicitationCapabilities{},
		}
	}
	client := mcp.NewClient(&mcp.Implementation{Name: "go", Version: "1.0.0"}, &mcp.ClientOptions{
		Capabilities: capabilities,
		ElicitationHandler: func(_ context.Context, req *mcp.ElicitRequest) (*mcp.ElicitResult, error) {
			return ask[mcp.ElicitResult](d, "elicit", req.Params)
		},
		CreateMessageHandler: func(_ context.Context, req *mcp.CreateMessageRequest) (*mcp.CreateMessageResult, error) {
			return ask[mcp.CreateMessageResult](d, "sample", req.Params)
		},
		ResourceUpdatedHandler: func(_ context.Context, req *mcp.ResourceUpdatedNotificationRequest) {
			d.tell(map[string]any{"on": "updated", "uri": req.Params.URI})
		},
		LoggingMessageHandler: func(_ context.Context, req *mcp.LoggingMessageRequest) {
			d.tell(map[string]any{"on": "log", "params": req.Params})
		},
		ToolListChangedHandler: func(context.Context, *mcp.ToolListChangedRequest) {
			d.tell(map[string]any{"on": "toolsChanged"})
		},
		ProgressNotificationHandler: func(_ context.Context, req *mcp.ProgressNotificationClientRequest) {
			d.tell(map[string]any{"on": "progress", "id": req.Params.ProgressToken, "params": req.Params})
		},
	})
	client.AddRoots(how.Roots...)
	var transport mcp.Transport = &mcp.StreamableClientTransport{Endpoint: how.URL}
	command := exec.Command(how.Command, how.Args...)
	if how.URL == "" {
		command.Stderr = os.Stderr
		transport = &mcp.CommandTransport{Command: command, TerminateDuration: patience}
	}
	session, err := client.Connect(context.Background(), transport, &mcp.ClientSessionOptions{ProtocolVersion: how.Version})
	if err != nil {
		return err
	}
	d.session = session
	facts := session.InitializeResult()
	connected := map[string]any{
		"on":           "connected",
		"version":      facts.ProtocolVersion,
		"server":       facts.ServerInfo,
		"instructions": facts.Instructions,
		"capabilities": facts.Capabilities,
		"sessionId":    session.ID(),
	}
	if command.Process != nil {
		connected["pid"] = command.Process.Pid
	}
	d.tell(connected)
	return nil
}

// ask has whoever drives answer a question of the server.
func ask[Answer any](d *driven, what string, params any) (*Answer, error) {
	answer := make(chan json.RawMessage, 1)
	d.mu.Lock()
	key := len(d.asked)
	d.asked[key] = answer
	d.mu.Unlock()
	d.tell(map[string]any{"on": what, "key": key, "params": params})
	given := new(Answer)
	return given, json.Unmarshal(<-answer, given)
}

type cancelling struct {
	ID int `json:"id"`
}

type answering struct {
	Key    int             `json:"key"`
	Result json.RawMessage `json:"result"`
}

func (d *driven) do(ctx context.Context, order order) (any, error) {
	s := d.session
	switch order.Do {
	case "tools/call":
		return with(order, func(params *mcp.CallToolParams) (any, error) {
			if order.Wants == "progress" {
				params.SetProgressToken(order.ID)
			}
			return s.CallTool(ctx, params)
		})
	case "tools/list":
		return with(order, func(params *mcp.ListToolsParams) (any, error) { return s.ListTools(ctx, params) })
	case "resources/list":
		return with(order, func(params *mcp.ListResourcesParams) (any, error) { return s.ListResources(ctx, params) })
	case "resources/templates/list":
		return with(order, func(params *mcp.ListResourceTemplatesParams) (any, error) {
			return s.ListResourceTemplates(ctx, params)
		})
	case "resources/read":
		return with(order, func(params *mcp.ReadResourceParams) (any, error) { return s.ReadResource(ctx, params) })
	case "prompts/list":
		return with(order, func(params *mcp.ListPromptsParams) (any, error) { return s.ListPrompts(ctx, params) })
	case "prompts/get":
		return with(order, func(params *mcp.GetPromptParams) (any, error) { return s.GetPrompt(ctx, params) })
	case "completion/complete":
		return with(order, func(params *mcp.CompleteParams) (any, error) { return s.Complete(ctx, params) })
	case "logging/setLevel":
		return with(order, func(params *mcp.SetLoggingLevelParams) (any, error) {
			return nil, s.SetLoggingLevel(ctx, params)
		})
	case "resources/subscribe":
		return with(order, func(params *mcp.SubscribeParams) (any, error) { return nil, s.Subscribe(ctx, params) })
	case "resources/unsubscribe":
		return with(order, func(params *mcp.UnsubscribeParams) (any, error) { return nil, s.Unsubscribe(ctx, params) })
	case "ping":
		return map[string]any{}, s.Ping(ctx, nil)
	case "cancel":
		return with(order, func(params *cancelling) (any, error) {
			d.mu.Lock()
			defer d.mu.Unlock()
			if cancel, running := d.calls[params.ID]; running {
				cancel()
			}
			return nil, nil
		})
	case "answer":
		return with(order, func(params *answering) (any, error) {
			d.mu.Lock()
			defer d.mu.Unlock()
			d.asked[params.Key] <- params.Result
			return nil, nil
		})
	}
	return nil, fmt.Errorf("nobody taught me to %s", order.Do)
}

// with reads what an order is about, and does it.
func with[P any](order order, do func(*P) (any, error)) (any, error) {
	params := new(P)
	if len(order.Params) > 0 {
		if err := json.Unmarshal(order.Params, params); err != nil {
			return nil, err
		}
	}
	return do(params)
}
