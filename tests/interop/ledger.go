package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"sort"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// published says at which sizes the written log pretends to have published:
// only those may stand in `seen`.
func published(size int64) bool {
	return size == 8 || size%64 == 0
}

// ledger is the log that is being written: entries in order, each chain's
// head, and the newest published tree.
type ledger struct {
	origin  string
	clock   time.Time // a claim, one second per event
	entries [][]byte
	tree    *memoryTree
	seen    tlog.Tree
	chains  map[string]*head
}

// head is the next event's place in its chain.
type head struct {
	seq  int64
	prev tlog.Hash
}

func newLedger(origin string) (*ledger, error) {
	empty, err := tlog.TreeHash(0, nil)
	if err != nil {
		return nil, err
	}
	return &ledger{
		origin: origin,
		clock:  time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC),
		tree:   &memoryTree{},
		seen:   tlog.Tree{Hash: empty},
		chains: map[string]*head{},
	}, nil
}

// append signs an event for the chain and adds it to the tree. It returns the
// event hash.
func (l *ledger) append(chain, kind string, data any, authors ...*author) (tlog.Hash, error) {
	h := l.chains[chain]
	if h == nil {
		h = &head{}
		l.chains[chain] = h
	}
	line, err := oneLine(data)
	if err != nil {
		return tlog.Hash{}, err
	}
	text := fmt.Sprintf("%s\nlog %s\nchain %s\nseq %d\nprev %s\nseen %d %s\ntime %s\ntype %s\ndata %s\n",
		eventHeader, l.origin, chain, h.seq, encode64(h.prev[:]), l.seen.N, encode64(l.seen.Hash[:]),
		l.clock.Format(timeLayout), kind, line)
	sort.Slice(authors, func(i, j int) bool { return authors[i].Name() < authors[j].Name() })
	signers := make([]note.Signer, len(authors))
	for i, a := range authors {
		signers[i] = a
	}
	raw, err := note.Sign(&note.Note{Text: text}, signers...)
	if err != nil {
		return tlog.Hash{}, err
	}
	if _, err := parseEvent(raw); err != nil { // never write what a reader would refuse
		return tlog.Hash{}, fmt.Errorf("%s#%d: %w", chain, h.seq, err)
	}
	h.seq, h.prev = h.seq+1, eventHash(text)
	l.clock = l.clock.Add(time.Second)
	return h.prev, l.commit(raw)
}

// commit adds the leaf and, at some sizes, publishes.
func (l *ledger) commit(raw []byte) error {
	l.entries = append(l.entries, raw)
	if err := l.tree.add(tlog.RecordHash(raw)); err != nil {
		return err
	}
	if !published(l.tree.size) {
		return nil
	}
	var err error
	l.seen, err = l.tree.at(l.tree.size)
	return err
}

// oneLine is compact JSON with <, > and & as they are.
func oneLine(v any) (string, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return "", err
	}
	return strings.TrimSuffix(b.String(), "\n"), nil
}
