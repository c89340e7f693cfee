// Command interop is a stranger's tool: a small reader and writer of almoner's
// public formats that shares no code with almoner. Where golang.org/x/mod's
// sumdb packages reach, it uses them and not itself. See README.md.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
)

const usage = `usage:
  interop check DIR (--vkey VKEY | --policy FILE) [--json]
  interop receipt FILE --policy FILE [--json]
  interop write DIR --origin NAME --events N [--seed S] [--json]
`

// errUsage asks for the usage text and exit code 2.
var errUsage = errors.New("usage")

// failure is a check that did not hold: what was looked at, and, where an
// entry can be named, the first bad index (-1 if none can).
type failure struct {
	what  string
	index int64
	err   error
}

func (f *failure) Error() string {
	if f.index >= 0 {
		return fmt.Sprintf("%s: entry %d: %v", f.what, f.index, f.err)
	}
	return fmt.Sprintf("%s: %v", f.what, f.err)
}

func (f *failure) Unwrap() error { return f.err }

// fail names what is bad, with no entry to name.
func fail(what string, format string, args ...any) error {
	return &failure{what, -1, fmt.Errorf(format, args...)}
}

// result is what a command prints when it succeeds.
type result interface {
	line() string // one line for people; the value itself is the JSON
}

func main() {
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

// run is main without the process: 0 ok, 1 failed, 2 usage.
func run(args []string, stdout, stderr io.Writer) int {
	if len(args) == 0 {
		fmt.Fprint(stderr, usage)
		return 2
	}
	var asJSON bool
	res, err := dispatch(args[0], args[1:], &asJSON)
	if errors.Is(err, errUsage) {
		fmt.Fprint(stderr, usage)
		return 2
	}
	if err != nil {
		if asJSON {
			printJSON(stdout, failureJSON(err))
		}
		fmt.Fprintf(stderr, "failed: %v\n", err)
		return 1
	}
	if asJSON {
		printJSON(stdout, res)
	} else {
		fmt.Fprintln(stdout, res.line())
	}
	return 0
}

func dispatch(command string, args []string, asJSON *bool) (result, error) {
	flags := flag.NewFlagSet(command, flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.BoolVar(asJSON, "json", false, "one JSON object on stdout")
	vkey := flags.String("vkey", "", "the log's verifier key")
	policyFile := flags.String("policy", "", "a policy file")
	origin := flags.String("origin", "", "the log's origin")
	events := flags.Int("events", 0, "how many events to write")
	seed := flags.String("seed", "interop", "what all keys and salts are derived from")
	path, err := parseArgs(flags, args)
	if err != nil {
		return nil, errUsage
	}
	switch command {
	case "check":
		if (*vkey == "") == (*policyFile == "") {
			return nil, errUsage
		}
		if *vkey != "" {
			p, err := parsePolicy("log " + *vkey + "\nquorum none\n")
			if err != nil {
				return nil, fail("vkey", "%w", err)
			}
			return checkCommand(path, p)
		}
		p, err := loadPolicy(*policyFile)
		if err != nil {
			return nil, err
		}
		return checkCommand(path, p)
	case "receipt":
		if *policyFile == "" {
			return nil, errUsage
		}
		p, err := loadPolicy(*policyFile)
		if err != nil {
			return nil, err
		}
		return receiptCommand(path, p)
	case "write":
		if *origin == "" || *events == 0 {
			return nil, errUsage
		}
		return writeCommand(path, *origin, *events, *seed)
	}
	return nil, errUsage
}

// parseArgs takes flags before and after the one positional argument.
func parseArgs(flags *flag.FlagSet, args []string) (string, error) {
	var positional []string
	for {
		if err := flags.Parse(args); err != nil {
			return "", err
		}
		if flags.NArg() == 0 {
			break
		}
		positional = append(positional, flags.Arg(0))
		args = flags.Args()[1:]
	}
	if len(positional) != 1 {
		return "", errUsage
	}
	return positional[0], nil
}

func failureJSON(err error) map[string]any {
	out := map[string]any{"ok": false, "error": err.Error()}
	var f *failure
	if errors.As(err, &f) {
		out["what"] = f.what
		if f.index >= 0 {
			out["first_bad_index"] = f.index
		}
	}
	return out
}

func printJSON(w io.Writer, v any) {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		panic(err) // our own plain structs always encode
	}
}
