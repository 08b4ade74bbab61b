// The official Go SDK as a peer of these tests: `peer server HOW WORKSHOP` serves the workshop, HOW being stdio, http,
// http-without-sessions, http-resumable or http-json; `peer client ORDERS` connects and does what it is told on stdin. Both last
// arguments are JSON.
package main

import (
	"encoding/json"
	"fmt"
	"os"
)

func main() {
	var err error
	switch args := os.Args[1:]; {
	case len(args) == 3 && args[0] == "server":
		err = serve(args[1], []byte(args[2]))
	case len(args) == 2 && args[0] == "client":
		err = beDriven([]byte(args[1]))
	default:
		err = fmt.Errorf("wrong arguments: %v", args)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// recode makes a value of one JSON-like type one of another.
func recode[T any](from any) (T, error) {
	var to T
	text, err := json.Marshal(from)
	if err == nil {
		err = json.Unmarshal(text, &to)
	}
	return to, err
}
