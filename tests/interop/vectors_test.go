package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"
)

// vectorDirs finds receipts and notes with their verdicts: the folders that
// INTEROP_VECTORS lists, else those beside this module.
func vectorDirs(t *testing.T) (dirs []string) {
	t.Helper()
	all := filepath.SplitList(os.Getenv("INTEROP_VECTORS"))
	if len(all) == 0 {
		for _, name := range []string{"almoner", "almoner2", "operator"} {
			all = append(all, filepath.Join("..", "vectors", name))
		}
	}
	for _, dir := range all {
		if _, err := os.Stat(filepath.Join(dir, "EXPECTED.json")); err == nil {
			dirs = append(dirs, dir)
		}
	}
	if len(dirs) == 0 {
		t.Skipf("no vectors in %s; set INTEROP_VECTORS", all)
	}
	return dirs
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
	for _, dir := range vectorDirs(t) {
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
				t.Errorf("%s/%s (%s, %s): %v", dir, r.File, r.Verdict, r.Why, err)
			}
			if err == nil {
				genuine++
			}
		}
		t.Logf("%s: %d receipts, %d genuine", dir, len(want.Receipts), genuine)
	}
}

func TestNoteVectors(t *testing.T) {
	for _, dir := range vectorDirs(t) {
		var want expected
		readJSON(t, filepath.Join(dir, "EXPECTED.json"), &want)
		if len(want.Notes) > 0 {
			noteVectors(t, dir, want)
		}
	}
}

func noteVectors(t *testing.T, dir string, want expected) {
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
			t.Errorf("%s/%s (%v, %s): %v", dir, n.File, n.Accept, n.Why, err)
		}
	}
	t.Logf("%s: %d notes", dir, len(want.Notes))
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
