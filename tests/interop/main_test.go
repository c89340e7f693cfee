package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"
)

func call(args ...string) (code int, stdout, stderr string) {
	var out, err bytes.Buffer
	code = run(args, &out, &err)
	return code, out.String(), err.String()
}

func TestCommandLine(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "log")
	code, out, _ := call("write", dir, "--origin", testOrigin, "--events", "300", "--json")
	var w written
	if err := json.Unmarshal([]byte(out), &w); err != nil || code != 0 || !w.OK || w.Size != 300 {
		t.Fatalf("write: %d %s", code, out)
	}
	if code, out, _ = call("check", dir, "--vkey", w.Vkey); code != 0 || !strings.HasPrefix(out, "ok: ") {
		t.Errorf("check: %d %s", code, out)
	}
	if code, _, _ = call("write", dir, "--origin", testOrigin, "--events", "300"); code != 1 {
		t.Errorf("write into a full directory: %d", code)
	}
	tile := filepath.Join(dir, "tile", "0", "000")
	if err := os.WriteFile(tile, make([]byte, 8192), 0o644); err != nil {
		t.Fatal(err)
	}
	code, out, errs := call("check", "--json", dir, "--policy", filepath.Join(dir, "policy"))
	var f struct {
		OK   bool
		What string
	}
	if err := json.Unmarshal([]byte(out), &f); err != nil || code != 1 || f.OK || f.What != "tile/0/000" {
		t.Errorf("check of a bad tile: %d %s", code, out)
	}
	if strings.Count(errs, "\n") != 1 {
		t.Errorf("not one line: %q", errs)
	}
}

func TestUsage(t *testing.T) {
	for _, args := range [][]string{
		{}, {"flip", "x"}, {"check"}, {"check", "x"}, {"check", "x", "--vkey", "a", "--policy", "b"},
		{"check", "x", "y", "--vkey", "a"}, {"receipt", "x"}, {"write", "x", "--events", "10"}, {"check", "x", "--what"},
	} {
		if code, _, errs := call(args...); code != 2 || errs != usage {
			t.Errorf("%q: %d", args, code)
		}
	}
}

// The signed note of 2-FORMATS §3.
func TestNoteVector(t *testing.T) {
	v, err := verifierFor("example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k")
	if err != nil {
		t.Fatal(err)
	}
	msg := "This is an example message.\n\n— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
	if _, err := note.Open([]byte(msg), note.VerifierList(v)); err != nil {
		t.Error(err)
	}
}

func TestPolicies(t *testing.T) {
	key, err := newAuthor("test", testOrigin, "")
	if err != nil {
		t.Fatal(err)
	}
	log := "log " + key.vkey + "\n"
	witness := "witness w1 w1.example/witness+81dee77b+BOs268PdvlXmtFFXRv3XDkYhraKomlitU5CGcpkwVKYA\n"
	for text, ok := range map[string]bool{
		log + "quorum none\n":                        true,
		log + "# why\n\nquorum none":                 true,
		log + witness + "quorum w1\n":                true,
		log + witness + "group g any w1\nquorum g\n": true,
		"":                                 false,
		"quorum none\n":                    false,
		log:                                false,
		log + "quorum w1\n":                false,
		log + "quorum none\nquorum none\n": false,
		log + log + "quorum none\n":        false,
		log + "trust me\nquorum none":      false,
		log + witness + "group g 2 w1\nquorum g\n":                                false,
		log + witness + "group g 0 w1\nquorum g\n":                                false,
		log + witness + "group g all w1\ngroup h all w1\nquorum h\n":              false,
		log + strings.Replace(witness, "81dee77b", "81dee77c", 1) + "quorum w1\n": false,
	} {
		if _, err := parsePolicy(text); (err == nil) != ok {
			t.Errorf("%q: %v", text, err)
		}
	}
}
