package main

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const (
	maxEvent           = 60 << 10 // bytes of an event note (2-FORMATS §9)
	maxEventSignatures = 16
	eventHeader        = "almoner/event@v1"
	timeLayout         = "2006-01-02T15:04:05Z"
)

var (
	chainPattern = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{0,62}$`)
	labelPattern = regexp.MustCompile(`^[a-z0-9-]{1,32}$`)
	timePattern  = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$`)
	typePattern  = regexp.MustCompile(`^[a-z_]+\.[a-z_]+/[1-9][0-9]*$`)
)

// event is a note under the strict grammar; nothing here says that its
// signatures are valid.
type event struct {
	raw     []byte
	text    string
	log     string
	chain   string
	seq     int64
	prev    tlog.Hash
	seen    tlog.Tree
	kind    string
	data    string
	signers []string // names, ascending
}

func parseEvent(raw []byte) (*event, error) {
	if len(raw) > maxEvent {
		return nil, fmt.Errorf("%d bytes, more than an event may have", len(raw))
	}
	i := bytes.LastIndex(raw, []byte("\n\n"))
	if i < 0 {
		return nil, errors.New("no empty line before the signatures")
	}
	e := &event{raw: raw, text: string(raw[:i+1])}
	if err := e.parseText(); err != nil {
		return nil, err
	}
	if err := e.parseSigners(string(raw[i+2:])); err != nil {
		return nil, err
	}
	return e, canonicalSignatureLines(raw)
}

func (e *event) parseText() error {
	lines := strings.Split(strings.TrimSuffix(e.text, "\n"), "\n")
	names := []string{"log", "chain", "seq", "prev", "seen", "time", "type", "data"}
	if len(lines) != len(names)+1 || lines[0] != eventHeader {
		return errors.New("not the nine lines of an event")
	}
	for i, name := range names {
		value, ok := strings.CutPrefix(lines[i+1], name+" ")
		if !ok {
			return fmt.Errorf("no line %q", name)
		}
		if err := e.set(name, value); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	if e.seq == 0 && e.prev != (tlog.Hash{}) {
		return errors.New("seq 0 with a prev")
	}
	return nil
}

func (e *event) set(name, value string) (err error) {
	matches := func(p *regexp.Regexp) error {
		if !p.MatchString(value) {
			return fmt.Errorf("%q is not well-formed", value)
		}
		return nil
	}
	switch name {
	case "log":
		e.log = value
	case "chain":
		e.chain, err = value, matches(chainPattern)
	case "seq":
		e.seq, err = decimal(value)
	case "prev":
		e.prev, err = hash64(value)
	case "seen":
		e.seen, err = parseSeen(value)
	case "time":
		if err = matches(timePattern); err == nil {
			_, err = time.Parse(timeLayout, value)
		}
	case "type":
		e.kind, err = value, matches(typePattern)
	case "data":
		e.data, err = value, strictData(value)
	}
	return err
}

func parseSeen(value string) (tlog.Tree, error) {
	size, root, _ := strings.Cut(value, " ")
	n, err := decimal(size)
	if err != nil {
		return tlog.Tree{}, err
	}
	hash, err := hash64(root)
	if err != nil {
		return tlog.Tree{}, err
	}
	if empty, _ := tlog.TreeHash(0, nil); n == 0 && hash != empty {
		return tlog.Tree{}, errors.New("size 0 with another root than the empty tree's")
	}
	return tlog.Tree{N: n, Hash: hash}, nil
}

// parseSigners wants names in strictly ascending order and no more than 16.
func (e *event) parseSigners(lines string) error {
	for line := range strings.Lines(lines) {
		name, _, _ := strings.Cut(strings.TrimPrefix(line, "— "), " ")
		chain, label, ok := strings.Cut(name, "/")
		if !ok || !chainPattern.MatchString(chain) || !labelPattern.MatchString(label) {
			return fmt.Errorf("signer %q is not <chain>/<label>", name)
		}
		if n := len(e.signers); n > 0 && e.signers[n-1] >= name {
			return errors.New("signers are not sorted")
		}
		e.signers = append(e.signers, name)
	}
	if n := len(e.signers); n == 0 || n > maxEventSignatures {
		return fmt.Errorf("%d signatures", n)
	}
	return nil
}

// signedBy lets sumdb/note verify: all lines, under these keys and no others.
func (e *event) signedBy(keys []note.Verifier) error {
	n, err := note.Open(e.raw, note.VerifierList(keys...))
	if err != nil {
		return err
	}
	if len(n.UnverifiedSigs) > 0 {
		return fmt.Errorf("signature of %s is by a key that is not introduced", n.UnverifiedSigs[0].Name)
	}
	if len(n.Sigs) != len(e.signers) {
		return errors.New("a signature line was not counted")
	}
	return nil
}
