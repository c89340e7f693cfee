package main

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// maxNote is the size cap of a signed note (2-FORMATS §3).
const maxNote = 64 << 10

// checkpoint is a checkpoint whose signatures satisfied a policy.
type checkpoint struct {
	origin string
	tlog.Tree
}

// openCheckpoint lets sumdb/note verify the note under the policy's keys for
// its origin, then reads the three lines (2-FORMATS §4).
func openCheckpoint(msg []byte, p *policy) (*checkpoint, error) {
	if len(msg) > maxNote {
		return nil, fmt.Errorf("%d bytes, more than a note may have", len(msg))
	}
	if err := canonicalSignatureLines(msg); err != nil {
		return nil, err
	}
	origin, _, _ := strings.Cut(string(msg), "\n")
	logs := p.logs[origin]
	if len(logs) == 0 {
		return nil, fmt.Errorf("the policy names no key for origin %q", origin)
	}
	n, err := note.Open(msg, note.VerifierList(append(p.witnessVerifiers(), logs...)...))
	if err != nil {
		return nil, err
	}
	if err := p.satisfied(n, logs); err != nil {
		return nil, err
	}
	return parseCheckpoint(n.Text)
}

func parseCheckpoint(text string) (*checkpoint, error) {
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	if len(lines) != 3 {
		return nil, fmt.Errorf("%d lines where a checkpoint has 3", len(lines))
	}
	size, err := decimal(lines[1])
	if err != nil {
		return nil, fmt.Errorf("size: %w", err)
	}
	root, err := hash64(lines[2])
	if err != nil {
		return nil, fmt.Errorf("root: %w", err)
	}
	return &checkpoint{lines[0], tlog.Tree{N: size, Hash: root}}, nil
}

// canonicalSignatureLines refuses base64 that sumdb/note would let pass: its
// decoder ignores the unused bits of the last character.
func canonicalSignatureLines(msg []byte) error {
	i := bytes.LastIndex(msg, []byte("\n\n"))
	if i < 0 {
		return errors.New("no empty line before the signatures")
	}
	for line := range strings.Lines(string(msg[i+2:])) {
		fields := strings.Split(strings.TrimSuffix(line, "\n"), " ")
		if len(fields) != 3 {
			return errors.New("malformed signature line")
		}
		if _, err := strict64(fields[2]); err != nil {
			return fmt.Errorf("signature of %s: %w", fields[1], err)
		}
	}
	return nil
}

// verifierFor makes a sumdb/note verifier of a canonical Ed25519 vkey.
func verifierFor(vkey string) (note.Verifier, error) {
	v, err := note.NewVerifier(vkey)
	if err != nil {
		return nil, err
	}
	parts := strings.SplitN(vkey, "+", 3)
	key, err := strict64(parts[2])
	if err != nil {
		return nil, err
	}
	if len(key) != 33 || key[0] != 1 {
		return nil, errors.New("not an Ed25519 key")
	}
	if parts[1] != fmt.Sprintf("%08x", v.KeyHash()) {
		return nil, errors.New("key id is not 8 lowercase hex digits")
	}
	return v, nil
}

// signCheckpoint is the log's side.
func signCheckpoint(origin string, tree tlog.Tree, signer note.Signer) ([]byte, error) {
	root := base64.StdEncoding.EncodeToString(tree.Hash[:])
	return note.Sign(&note.Note{Text: fmt.Sprintf("%s\n%d\n%s\n", origin, tree.N, root)}, signer)
}
