package main

import (
	"bytes"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func TestWriteIsDeterministic(t *testing.T) {
	a, _ := writeLog(t, 300)
	b, _ := writeLog(t, 300)
	for _, name := range []string{"checkpoint", "policy", "tile/0/000", "tile/entries/001.p/44"} {
		x, errX := os.ReadFile(filepath.Join(a, name))
		y, errY := os.ReadFile(filepath.Join(b, name))
		if err := errors.Join(errX, errY); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(x, y) {
			t.Errorf("%s differs", name)
		}
	}
}

// The written story under the rules of 2-FORMATS §9 and §11: chains without
// gaps, true `seen`, and exactly the signers that each kind asks for.
func TestStoryKeepsTheRules(t *testing.T) {
	const n = 400
	l, err := tell(testOrigin, n, "test")
	if err != nil {
		t.Fatal(err)
	}
	c, err := newCast("test")
	if err != nil {
		t.Fatal(err)
	}
	keys := verifiersOf(t, c.registrar, c.sequencer, c.alice, c.bob, c.carol)
	chains, seen := map[string]*head{}, map[string]int64{}
	kinds := map[string]int{}
	for i, raw := range l.entries {
		e, err := parseEvent(raw)
		if err != nil {
			t.Fatalf("entry %d: %v", i, err)
		}
		if err := e.signedBy(keys); err != nil {
			t.Fatalf("entry %d: %v", i, err)
		}
		h := chains[e.chain]
		if h == nil {
			h = &head{}
			chains[e.chain] = h
		}
		if e.seq != h.seq || e.prev != h.prev || e.log != testOrigin {
			t.Fatalf("entry %d does not continue %s", i, e.chain)
		}
		h.seq, h.prev = h.seq+1, eventHash(e.text)
		past, err := l.tree.at(e.seen.N)
		if err != nil || past != e.seen || e.seen.N > int64(i) || e.seen.N < seen[e.chain] {
			t.Fatalf("entry %d: seen %d is not true", i, e.seen.N)
		}
		seen[e.chain] = e.seen.N
		if want := signersOf(e, kinds["key.added/1"] > 0); !slices.Equal(e.signers, want) {
			t.Fatalf("entry %d: %s signed by %q, wanted %q", i, e.kind, e.signers, want)
		}
		kinds[e.kind]++
	}
	if kinds["donation.received/1"] != n-openingEvents-1 || kinds["key.added/1"] != 1 || kinds["chain.opened/1"] != 2 {
		t.Errorf("kinds: %v", kinds)
	}
	if seen["well"] == 0 {
		t.Error("no event has seen a checkpoint")
	}
}

func signersOf(e *event, carol bool) []string {
	switch {
	case e.kind == "chain.opened/1" && e.chain == "operator":
		return []string{"operator/registrar", "operator/sequencer"}
	case e.kind == "chain.opened/1":
		return []string{"operator/registrar", "well/alice", "well/bob"}
	case e.chain == "operator":
		return []string{"operator/registrar"}
	case e.kind == "key.added/1":
		return []string{"well/alice", "well/carol"}
	case carol:
		return []string{"well/carol"}
	}
	return []string{"well/alice"}
}

func verifiersOf(t *testing.T, authors ...*author) []note.Verifier {
	t.Helper()
	var list []note.Verifier
	for _, a := range authors {
		v, err := verifierFor(a.vkey)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, v)
	}
	return list
}

// The roots that 2-FORMATS §2 gives.
func TestKnownRoots(t *testing.T) {
	leaves := []string{"", "\x00", "\x10", "\x20\x21", "\x30\x31", "\x40\x41\x42\x43",
		"\x50\x51\x52\x53\x54\x55\x56\x57", "\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f"}
	want := map[int64]string{
		1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
		2: "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
		3: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
		5: "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
		7: "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
		8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
	}
	tree := &memoryTree{}
	for _, leaf := range leaves {
		if err := tree.add(tlog.RecordHash([]byte(leaf))); err != nil {
			t.Fatal(err)
		}
	}
	for size, hexRoot := range want {
		head, err := tree.at(size)
		if err != nil {
			t.Fatal(err)
		}
		if got := hex.EncodeToString(head.Hash[:]); got != hexRoot {
			t.Errorf("size %d: %s, wanted %s", size, got, hexRoot)
		}
	}
}
