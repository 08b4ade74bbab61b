package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

var place = &mcp.ElicitParams{
	Mode:    "form",
	Message: "Which city?",
	RequestedSchema: json.RawMessage(
		`{"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}`),
}

var nights = &mcp.ElicitParams{
	Mode:    "form",
	Message: "How many nights?",
	RequestedSchema: json.RawMessage(
		`{"type": "object", "properties": {"nights": {"type": "integer", "minimum": 1, "default": 2}}}`),
}

// addQuestions adds the tools that ask. The SDK puts questions that are returned to the client itself in a session, one round
// of them; a tool with two rounds asks by itself there.
func (w *workshop) addQuestions() {
	tool(w, "book", func(ctx context.Context, req *mcp.CallToolRequest, _ nothing) (*mcp.CallToolResult, error) {
		if req.ProtocolVersion() == stateless {
			return bookInRounds(req.Params)
		}
		where, err := req.Session.Elicit(ctx, place)
		if err != nil || where.Action != "accept" {
			return booked(where, nil), err
		}
		stay, err := req.Session.Elicit(ctx, nights)
		return booked(where, stay), err
	})
	tool(w, "pair", func(_ context.Context, req *mcp.CallToolRequest, _ nothing) (*mcp.CallToolResult, error) {
		where, stay := answer(req.Params.InputResponses, "place"), answer(req.Params.InputResponses, "nights")
		if where == nil || stay == nil {
			return asking(mcp.InputRequestMap{"place": place, "nights": nights}, ""), nil
		}
		return booked(where, stay), nil
	})
	tool(w, "visit", func(_ context.Context, req *mcp.CallToolRequest, _ nothing) (*mcp.CallToolResult, error) {
		if said := answer(req.Params.InputResponses, "page"); said != nil {
			return text("the user says " + said.Action), nil
		}
		return asking(mcp.InputRequestMap{"page": &mcp.ElicitParams{
			Mode: "url", Message: w.Page.Message, URL: w.Page.URL, ElicitationID: "order-7",
		}}, ""), nil
	})
}

// addRequests adds the tools that want something else of the client.
func (w *workshop) addRequests() {
	tool(w, "write", func(_ context.Context, req *mcp.CallToolRequest, _ nothing) (*mcp.CallToolResult, error) {
		switch said := req.Params.InputResponses["verse"].(type) {
		case *mcp.CreateMessageResult:
			return wrote(said.Model, said.Content)
		case *mcp.CreateMessageWithToolsResult:
			return wrote(said.Model, said.Content...)
		}
		asked := &mcp.SamplingMessage{Role: "user", Content: &mcp.TextContent{Text: w.Verse.Question}}
		return asking(mcp.InputRequestMap{"verse": &mcp.CreateMessageParams{
			Messages: []*mcp.SamplingMessage{asked}, MaxTokens: w.Verse.MaxTokens,
		}}, ""), nil
	})
	tool(w, "look", func(_ context.Context, req *mcp.CallToolRequest, _ nothing) (*mcp.CallToolResult, error) {
		places, known := req.Params.InputResponses["places"].(*mcp.ListRootsResult)
		if !known {
			return asking(mcp.InputRequestMap{"places": &mcp.ListRootsParams{}}, ""), nil
		}
		var names []string
		for _, root := range places.Roots {
			names = append(names, root.Name)
		}
		return text(strings.Join(names, ", ")), nil
	})
}

func wrote(model string, content ...mcp.Content) (*mcp.CallToolResult, error) {
	if block, ok := content[0].(*mcp.TextContent); ok {
		return text(model + ": " + block.Text), nil
	}
	return nil, errors.New("no text")
}

// bookInRounds carries the first answer in the state, since every round brings those to its own questions alone.
func bookInRounds(params *mcp.CallToolParamsRaw) (*mcp.CallToolResult, error) {
	where := answer(params.InputResponses, "place")
	if params.RequestState != "" {
		where = new(mcp.ElicitResult)
		if err := json.Unmarshal([]byte(params.RequestState), where); err != nil {
			return nil, err
		}
	}
	if where == nil {
		return asking(mcp.InputRequestMap{"place": place}, ""), nil
	}
	stay := answer(params.InputResponses, "nights")
	if where.Action == "accept" && stay == nil {
		state, err := json.Marshal(where)
		return asking(mcp.InputRequestMap{"nights": nights}, string(state)), err
	}
	return booked(where, stay), nil
}

func asking(questions mcp.InputRequestMap, state string) *mcp.CallToolResult {
	return &mcp.CallToolResult{InputRequests: questions, RequestState: state}
}

func answer(answers mcp.InputResponseMap, key string) *mcp.ElicitResult {
	result, _ := answers[key].(*mcp.ElicitResult)
	return result
}

func booked(where, stay *mcp.ElicitResult) *mcp.CallToolResult {
	switch {
	case where == nil:
		return nil
	case where.Action != "accept":
		return text("no place: " + where.Action)
	case stay == nil:
		return nil
	case stay.Action != "accept":
		return text(fmt.Sprintf("%v, no nights: %s", where.Content["city"], stay.Action))
	}
	return text(fmt.Sprintf("%v for %v", where.Content["city"], stay.Content["nights"]))
}
