package main

import (
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// written is what `write` says of the log that it made.
type written struct {
	OK     bool   `json:"ok"`
	Origin string `json:"origin"`
	Size   int64  `json:"size"`
	Root   string `json:"root"`
	Vkey   string `json:"vkey"`
	Gifts  int    `json:"gifts"` // of 10.00 GBP each
}

func (w *written) line() string {
	return fmt.Sprintf("ok: wrote %s: %d entries, root %s, vkey %s", w.Origin, w.Size, w.Root, w.Vkey)
}

// writeCommand makes a log in a new or empty directory.
func writeCommand(dir, origin string, n int, seed string) (result, error) {
	if files, err := os.ReadDir(dir); err == nil && len(files) > 0 {
		return nil, fail(dir, "is not empty")
	}
	l, err := tell(origin, n, seed)
	if err != nil {
		return nil, fail("events", "%w", err)
	}
	logKey, err := newAuthor(seed, origin, "")
	if err != nil {
		return nil, fail("log key", "%w", err)
	}
	tree, err := publish(dir, origin, logKey, l.entries, l.tree)
	if err != nil {
		return nil, fail("publish", "%w", err)
	}
	policy := fmt.Sprintf("log %s\nquorum none\n", logKey.vkey)
	if err := writeFile(dir, "policy", []byte(policy)); err != nil {
		return nil, fail("policy", "%w", err)
	}
	gifts := n - openingEvents - 1 // and one key
	return &written{true, origin, tree.N, encode64(tree.Hash[:]), logKey.vkey, gifts}, nil
}

// publish writes bundles, tiles and, last, the checkpoint that covers them.
func publish(dir, origin string, signer note.Signer, entries [][]byte, tree *memoryTree) (tlog.Tree, error) {
	for n := 0; n*tileWidth < len(entries); n++ {
		part := entries[n*tileWidth : min(len(entries), (n+1)*tileWidth)]
		data, err := joinBundle(part)
		if err != nil {
			return tlog.Tree{}, err
		}
		if err := writeFile(dir, bundlePath(int64(n), len(part)), data); err != nil {
			return tlog.Tree{}, err
		}
	}
	for _, t := range tlog.NewTiles(tileHeight, 0, tree.size) {
		data, err := tlog.ReadTileData(t, tree)
		if err != nil {
			return tlog.Tree{}, err
		}
		if err := writeFile(dir, tilePath(t), data); err != nil {
			return tlog.Tree{}, err
		}
	}
	head, err := tree.at(tree.size)
	if err != nil {
		return tlog.Tree{}, err
	}
	msg, err := signCheckpoint(origin, head, signer)
	if err != nil {
		return tlog.Tree{}, err
	}
	return head, writeFile(dir, "checkpoint", msg)
}

func writeFile(dir, name string, data []byte) error {
	path := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, data, 0o644)
}
