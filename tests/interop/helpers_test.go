package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/mod/sumdb/tlog"
)

const testOrigin = "ledger.example/interop"

// writeLog runs `write` into a new directory and returns it with its policy.
func writeLog(t *testing.T, n int) (string, *policy) {
	t.Helper()
	dir := t.TempDir()
	if _, err := writeCommand(dir, testOrigin, n, "test"); err != nil {
		t.Fatal(err)
	}
	p, err := loadPolicy(filepath.Join(dir, "policy"))
	if err != nil {
		t.Fatal(err)
	}
	return dir, p
}

// writeRaw publishes a log of tiny leaves, which check does not look into.
func writeRaw(t *testing.T, n int) (string, *policy) {
	t.Helper()
	dir, tree := t.TempDir(), &memoryTree{}
	entries := make([][]byte, n)
	for i := range entries {
		entries[i] = []byte{byte(i >> 16), byte(i >> 8), byte(i)}[i%3:]
		if err := tree.add(tlog.RecordHash(entries[i])); err != nil {
			t.Fatal(err)
		}
	}
	key, err := newAuthor("test", testOrigin, "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := publish(dir, testOrigin, key, entries, tree); err != nil {
		t.Fatal(err)
	}
	p, err := parsePolicy("log " + key.vkey + "\nquorum none\n")
	if err != nil {
		t.Fatal(err)
	}
	return dir, p
}

func mustCheck(t *testing.T, dir string, p *policy) *checked {
	t.Helper()
	res, err := checkCommand(dir, p)
	if err != nil {
		t.Fatal(err)
	}
	return res.(*checked)
}

// mustFail wants check to fail and to name what.
func mustFail(t *testing.T, dir string, p *policy, what string) *failure {
	t.Helper()
	_, err := checkCommand(dir, p)
	var f *failure
	if !errors.As(err, &f) {
		t.Fatalf("check said %v, wanted a failure of %s", err, what)
	}
	if f.what != what {
		t.Fatalf("check named %s, wanted %s: %v", f.what, what, err)
	}
	return f
}

// edit changes a file for the length of one call.
func edit(t *testing.T, dir, name string, change func([]byte) []byte, during func()) {
	t.Helper()
	path := filepath.Join(dir, name)
	original, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	write := func(data []byte) {
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write(change(bytes.Clone(original)))
	defer write(original)
	during()
}

func flip(i int, mask byte) func([]byte) []byte {
	return func(data []byte) []byte {
		data[i] ^= mask
		return data
	}
}

func readJSON(t *testing.T, path string, v any) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, v); err != nil {
		t.Fatal(err)
	}
}
