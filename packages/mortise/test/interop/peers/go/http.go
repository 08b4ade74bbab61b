package main

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// serveHTTP says its address on stdout; `GET /seen` tells how many sessions are open and the headers of the last POST.
func serveHTTP(server *mcp.Server, how string) error {
	options := &mcp.StreamableHTTPOptions{
		Stateless:                    how == "http-without-sessions",
		JSONResponse:                 how == "http-json",
		PropagateRequestCancellation: true,
	}
	if how == "http-resumable" {
		options.EventStore = mcp.NewMemoryEventStore(nil)
	}
	handler := mcp.NewStreamableHTTPHandler(func(*http.Request) *mcp.Server { return server }, options)
	seen := &seen{inner: handler}
	mux := http.NewServeMux()
	mux.Handle("/mcp", seen)
	mux.HandleFunc("/seen", seen.tell)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Printf("http://%s/mcp\n", listener.Addr())
	return http.Serve(listener, mux)
}

type seen struct {
	inner   http.Handler
	mu      sync.Mutex
	open    int
	headers map[string]string
}

func (s *seen) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodPost {
		headers := make(map[string]string, len(r.Header))
		for name, values := range r.Header {
			headers[strings.ToLower(name)] = values[0]
		}
		s.mu.Lock()
		s.headers = headers
		s.mu.Unlock()
	}
	s.inner.ServeHTTP(&counting{ResponseWriter: w, request: r, seen: s}, r)
}

func (s *seen) tell(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_ = json.NewEncoder(w).Encode(map[string]any{"open": s.open, "headers": s.headers})
}

// counting counts what the status and the headers of a response say about sessions.
type counting struct {
	http.ResponseWriter
	request *http.Request
	seen    *seen
	begun   bool
}

func (c *counting) Unwrap() http.ResponseWriter { return c.ResponseWriter }

func (c *counting) Flush() { _ = http.NewResponseController(c.ResponseWriter).Flush() }

func (c *counting) Write(body []byte) (int, error) {
	if !c.begun {
		c.WriteHeader(http.StatusOK)
	}
	return c.ResponseWriter.Write(body)
}

func (c *counting) WriteHeader(status int) {
	c.begun = true
	c.seen.mu.Lock()
	if status < 300 && c.request.Method == http.MethodDelete {
		c.seen.open--
	}
	given := c.Header().Get("Mcp-Session-Id") != "" && c.request.Header.Get("Mcp-Session-Id") == ""
	if status < 300 && c.request.Method == http.MethodPost && given {
		c.seen.open++
	}
	c.seen.mu.Unlock()
	c.ResponseWriter.WriteHeader(status)
}
