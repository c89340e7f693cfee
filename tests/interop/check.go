package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/mod/sumdb/tlog"
)

// checked is what `check` says of a log that holds.
type checked struct {
	OK      bool   `json:"ok"`
	Origin  string `json:"origin"`
	Size    int64  `json:"size"`
	Root    string `json:"root"`
	Entries int64  `json:"entries"`
	Tiles   int    `json:"tiles"`
}

func (c *checked) line() string {
	return fmt.Sprintf("ok: %s: %d entries, %d tiles, root %s", c.Origin, c.Entries, c.Tiles, c.Root)
}

// checkCommand recomputes a whole log from its entries. Nothing in the
// directory is believed but what the checkpoint's root covers.
func checkCommand(dir string, p *policy) (result, error) {
	msg, err := os.ReadFile(filepath.Join(dir, "checkpoint"))
	if err != nil {
		return nil, fail("checkpoint", "%w", err)
	}
	cp, err := openCheckpoint(msg, p)
	if err != nil {
		return nil, fail("checkpoint", "%w", err)
	}
	tiles := dirTiles(dir)
	leaves, err := tiles.leafHashes(cp.N)
	if err != nil {
		return nil, err
	}
	tree, err := treeOf(leaves)
	if err != nil {
		return nil, fail("tree", "%w", err)
	}
	root, err := tlog.TreeHash(cp.N, tree)
	if err != nil {
		return nil, fail("tree", "%w", err)
	}
	if root != cp.Hash {
		return nil, tiles.blameEntry(cp.Tree, leaves)
	}
	count, err := tiles.compare(cp.N, tree)
	if err != nil {
		return nil, err
	}
	if err := tiles.proveSome(cp.Tree, leaves); err != nil {
		return nil, err
	}
	return &checked{true, cp.origin, cp.N, encode64(root[:]), int64(len(leaves)), count}, nil
}

// compare wants every tile of this size to be there and equal to the tree's.
func (d dirTiles) compare(size int64, tree *memoryTree) (int, error) {
	tiles := tlog.NewTiles(tileHeight, 0, size)
	for _, t := range tiles {
		want, err := tlog.ReadTileData(t, tree)
		if err != nil {
			return 0, fail(tilePath(t), "%w", err)
		}
		name, have, err := d.read(t)
		if err != nil {
			return 0, err
		}
		if !bytes.Equal(have, want) {
			return 0, fail(name, "hash %d differs from the entries", firstDifference(have, want)/tlog.HashSize)
		}
	}
	return len(tiles), nil
}

// blameEntry is called when the entries do not make the signed root: it finds
// the first entry that its own lowest tile contradicts.
func (d dirTiles) blameEntry(tree tlog.Tree, leaves []tlog.Hash) error {
	for i, leaf := range leaves {
		index := tlog.StoredHashIndex(0, int64(i))
		t := tlog.TileForIndex(tileHeight, index)
		t.W = int(min(tree.N-t.N*tileWidth, tileWidth))
		_, data, err := d.read(t)
		if err != nil {
			return err
		}
		hash, err := tlog.HashFromTile(t, data, index)
		if err != nil {
			return fail(tilePath(t), "%w", err)
		}
		if hash != leaf {
			return &failure{bundlePath(t.N, t.W), int64(i), fmt.Errorf("differs from %s, and the root is not the checkpoint's", tilePath(t))}
		}
	}
	return fail("checkpoint", "the root differs from the entries")
}

// proveSome goes the way of a client that holds only tiles: tlog reads and
// authenticates the tiles itself, proves a record and checks the proof.
func (d dirTiles) proveSome(tree tlog.Tree, leaves []tlog.Hash) error {
	if tree.N == 0 {
		return nil
	}
	reader := tlog.TileHashReader(tree, d)
	for _, i := range []int64{0, tree.N / 3, tree.N / 2, tree.N - 1} {
		proof, err := tlog.ProveRecord(tree.N, i, reader)
		if err == nil {
			err = tlog.CheckRecord(proof, tree.N, tree.Hash, i, leaves[i])
		}
		if err != nil {
			return &failure{"inclusion from tiles", i, err}
		}
	}
	for _, old := range []int64{1, (tree.N + 1) / 2, tree.N} {
		oldRoot, err := tlog.TreeHash(old, reader)
		if err != nil {
			return fail("tree from tiles", "size %d: %w", old, err)
		}
		proof, err := tlog.ProveTree(tree.N, old, reader)
		if err == nil {
			err = tlog.CheckTree(proof, tree.N, tree.Hash, old, oldRoot)
		}
		if err != nil {
			return fail("consistency from tiles", "size %d: %w", old, err)
		}
	}
	return nil
}

func firstDifference(a, b []byte) int {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return i
		}
	}
	return min(len(a), len(b))
}
