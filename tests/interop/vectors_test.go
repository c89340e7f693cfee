package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"
)

// vectorsDir finds the second implementation's receipts and notes: where
// INTEROP_VECTORS says, else beside this module.
func vectorsDir(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("INTEROP_VECTORS")
	if dir == "" {
		dir = filepath.Join("..", "vectors", "almoner")
	}
	if _, err := os.Stat(filepath.Join(dir, "EXPECTED.json")); err != nil {
		t.Skipf("no vectors in %s; set INTEROP_VECTORS", dir)
	}
	return dir
}

type expected struct {
	Receipts []struct{ File, Policy, Verdict, Why string }
	Notes    []struct {
		File   string
		Accept bool
		Why    string
	}
}

// Our exit code does not part "different" from "cannot check": both fail.
func TestReceiptVectors(t *testing.T) {
	dir := vectorsDir(t)
	var want expected
	readJSON(t, filepath.Join(dir, "EXPECTED.json"), &want)
	genuine := 0
	for _, r := range want.Receipts {
		data, err := os.ReadFile(filepath.Join(dir, r.File))
		if err != nil {
			t.Fatal(err)
		}
		p, err := loadPolicy(filepath.Join(dir, r.Policy)) // a directory, if none is given
		if err == nil {
			_, err = verifyReceipt(data, p)
		}
		if (err == nil) != (r.Verdict == "genuine") {
			t.Errorf("%s (%s, %s): %v", r.File, r.Verdict, r.Why, err)
		}
		if err == nil {
			genuine++
		}
	}
	t.Logf("%d receipts, %d genuine", len(want.Receipts), genuine)
}

func TestNoteVectors(t *testing.T) {
	dir := vectorsDir(t)
	var want expected
	readJSON(t, filepath.Join(dir, "EXPECTED.json"), &want)
	keyFile, err := os.ReadFile(filepath.Join(dir, "notes", "keys.txt"))
	if err != nil {
		t.Fatal(err)
	}
	var keys []note.Verifier
	for _, vkey := range strings.Fields(string(keyFile)) {
		v, err := verifierFor(vkey)
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, v)
	}
	for _, n := range want.Notes {
		raw, err := os.ReadFile(filepath.Join(dir, n.File))
		if err != nil {
			t.Fatal(err)
		}
		if err := acceptNote(raw, keys); (err == nil) != n.Accept {
			t.Errorf("%s (%v, %s): %v", n.File, n.Accept, n.Why, err)
		}
	}
	t.Logf("%d notes", len(want.Notes))
}

func acceptNote(raw []byte, keys []note.Verifier) error {
	e, err := parseEvent(raw)
	if err != nil {
		return err
	}
	if e.log != "ledger.example/giving" {
		return fail("log", "another log")
	}
	return e.signedBy(keys)
}
